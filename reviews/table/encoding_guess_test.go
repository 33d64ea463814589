package table

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

func TestSniffEncodings(t *testing.T) {
	const (
		german     = "id,review\n1,\"Für den Preis schön groß, läuft täglich\"\n2,\"Größe passt, Qualität so lala\"\n"
		french     = "id,review\n1,\"Très déçu, la qualité n'est pas là\"\n2,\"Reçu à l'heure, étonné du résultat\"\n"
		spanish    = "id,review\n1,\"Me encantó, volveré a comprar mañana\"\n2,\"Pésimo, el envío llegó roto\"\n"
		norwegian  = "id,review\n1,\"Kjøpte på nettet, været var dårlig, så jeg ønsker pengene tilbake\"\n"
		polish     = "id,review\n1,\"Bardzo dobra jakość, polecam każdemu\"\n2,\"Zepsuło się po tygodniu, wyrzuciłem\"\n"
		czech      = "id,review\n1,\"Skvělý výrobek, doporučuji všem přátelům\"\n2,\"Přišlo rozbité, žádná odpověď\"\n"
		hungarian  = "id,review\n1,\"Nagyon jó minőség, gyönyörű és erős\"\n2,\"Rossz, egy hét után eltörött, nem működik többé, visszaküldöm őket\"\n"
		turkish    = "id,review\n1,\"Çok güzel bir ürün, tavsiye ederim, kargo hızlıydı\"\n2,\"Beğenmedim, iki günde bozuldu, paramı iade etmediler şikayetçiyim\"\n"
		icelandic  = "id,review\n1,\"Mjög góð vara, það virkar vel og ég mæli með þessu\"\n2,\"Bilaði strax, því miður, ný á leiðinni\"\n"
		russian    = "id,review\n1,\"Отличный чайник, быстро кипит\"\n2,\"Сломался через два дня\"\n"
		chinese    = "id,review\n1,\"这个水壶很好用，烧水很快\"\n2,\"两天就坏了，退货\"\n"
		taiwanese  = "id,review\n1,\"這個水壺很好用，燒水很快，推薦大家購買\"\n2,\"兩天就壞了，退貨，客服態度很差\"\n"
		japanese1  = "id,review\n1,\"とても使いやすくて、お湯がすぐに沸きます\"\n2,\"二日で壊れました。返品します\"\n"
		koreanText = "id,review\n1,\"정말 좋은 주전자입니다. 물이 빨리 끓어요\"\n2,\"이틀 만에 고장났어요 환불해 주세요\"\n"
	)
	encode := func(e encoding.Encoding, s string) string {
		out, err := e.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	twice := func(s string) string {
		out, err := charmap.Windows1252.NewDecoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, tt := range []struct {
		name, in, want string
	}{
		{"ASCII", "id,review\n1,Fine\n", UTF8},
		{"German", german, UTF8},
		{"German, Windows", encode(charmap.Windows1252, german), Windows1252},
		{"German, Mac", encode(charmap.Macintosh, german), Macintosh},
		{"German, twice", twice(german), UTF8Twice},
		{"French, Windows", encode(charmap.Windows1252, french), Windows1252},
		{"French, Mac", encode(charmap.Macintosh, french), Macintosh},
		{"Spanish, Windows", encode(charmap.Windows1252, spanish), Windows1252},
		{"Spanish, Mac", encode(charmap.Macintosh, spanish), Macintosh},
		{"Norwegian, Windows", encode(charmap.Windows1252, norwegian), Windows1252},
		{"curly quotes, Windows", encode(charmap.Windows1252, "review\nIt’s “fine” – for the price… don’t buy\n"), Windows1252},
		{"curly quotes, Mac", encode(charmap.Macintosh, "review\nIt’s “fine” – for the price… don’t buy, it isn’t\n"), Macintosh},
		{"Polish", encode(charmap.Windows1250, polish), Windows1250},
		{"Czech", encode(charmap.Windows1250, czech), Windows1250},
		{"Turkish", encode(charmap.Windows1254, turkish), Windows1254},
		{"Icelandic", encode(charmap.Windows1252, icelandic), Windows1252},
		{"Hungarian", encode(charmap.Windows1250, hungarian), Windows1250},
		{"Russian, Windows", encode(charmap.Windows1251, russian), Windows1251},
		{"Russian, KOI8", encode(charmap.KOI8R, russian), KOI8R},
		{"Russian", russian, UTF8},
		{"Chinese", encode(simplifiedchinese.GBK, chinese), GBK},
		{"Taiwanese", encode(traditionalchinese.Big5, taiwanese), Big5},
		{"Japanese, Shift-JIS", encode(japanese.ShiftJIS, japanese1), ShiftJIS},
		{"Japanese, EUC", encode(japanese.EUCJP, japanese1), EUCJP},
		{"names in Polish", encode(charmap.Windows1250, "Treść opinii;Tytuł\nFine;Good\n"),
			Windows1250},
		{"names in Polish, ISO", encode(charmap.ISO8859_2, "Treść opinii;Tytuł\nFine;Good\n"),
			ISO8859_2},
		{"names in Turkish", encode(charmap.Windows1254, "Başlık;Yorum\nFine;Good\n"), Windows1254},
		{"names in Greek", encode(charmap.Windows1253, "Βαθμολογία;Κριτική\n5;Good\n"),
			Windows1253},
		{"names in Japanese", encode(japanese.ShiftJIS, "評価,レビュー\n5,Good\n"), ShiftJIS},
		// Of some bytes, Windows-1250 makes "ÓŚ", which reads as OS.
		{"names of a Japanese form", encode(japanese.ShiftJIS,
			"タイムスタンプ,ご意見・ご感想\n2024/03/01,Good\n"), ShiftJIS},
		{"names in Chinese", encode(simplifiedchinese.GBK, "评分,评论内容\n5,Good\n"), GBK},
		{"names in French", encode(charmap.Windows1252, "Appréciation;Commentaire\n5;Good\n"),
			Windows1252},
		{"Korean", encode(korean.EUCKR, koreanText), EUCKR},
	} {
		d, err := Sniff([]byte(tt.in), true)
		if err != nil || d.Encoding != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.name, d.Encoding, err, tt.want)
			continue
		}
		if strings.HasPrefix(tt.name, "curly") {
			continue
		}
		rows, _ := read(t, strings.NewReader(tt.in), d)
		if got := rows[0][len(rows[0])-1]; strings.ContainsRune(got, '\ufffd') || strings.Contains(got, "Ã") {
			t.Errorf("%s: the first text reads as %q", tt.name, got)
		}
	}
}
