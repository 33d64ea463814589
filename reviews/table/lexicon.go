package table

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// sense is the meaning of a word of a column's name, as a bit set.
type sense uint32

const (
	review  sense = 1 << iota // the review itself: review, opinion
	written                   // its words: text, comment, message
	weak                      // text if there is nothing better: description, reason
	either                    // a text or a rating, depending on its cells: Bewertung
	title                     // title, subject
	stars                     // rating, score
	date                      // date, at
	event                     // makes a date that of the review: created, posted
	other                     // makes a date that of something else: updated, delivered
	product                   // product, item
	place                     // what is reviewed if there is no product: hotel, company
	ident                     // id, number, code
	counted                   // a number of something, or a mean: votes, average
	reply                     // an answer to the review: reply, seller
	answer                    // such an answer, or one in a survey: response
	author                    // the writer of the review: author, reviewer
	client                    // the same, or the kind of review: customer review
	name                      // name
	foreign                   // about a review, not in it: url, version
	asks                      // begins a question
	matter                    // an object of a help desk: ticket, conversation
	joins                     // "of", in the languages in which the head noun comes first
	unknown                   // none of these
)

// lexicon lists the words of column names by sense, with a ";" after those of each in the order
// above. A "*" matches any ending. Letters are written without their accents (fold). The languages
// are English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish, Danish,
// Finnish, Czech, Romanian, Hungarian, Turkish, Russian, Ukrainian, Greek, Arabic, Thai,
// Vietnamese, Indonesian, Japanese, Chinese and Korean.
const lexicon = `
review* avis opini* rezension* recension* recensie* recenz* resena* resenha* anmeldelse* omdome*
arvostelu* testimonial* temoignage* velemeny* yorum* отзыв* відгук* ulasan レビュー 口コミ クチコミ 评论 評論 点评
點評 리뷰 후기 상품평 구매평 rvw κριτικ* critica criticas omtale* отзив* ressenya* atsauksm* arvustus* dojam
mnenj* รีวิว مراجعة المراجعة;
text* tekst* texte texto testo текст* metin metni szoveg* teksti comment comments commentaire*
comentario* comentariu* commento commenti kommentar* kommentt* komentar* комментари* коментар*
opmerking* toelichting feedback verbatim* remark* remarque* body content contents contenu*
contenuto contenido conteudo inhalt* inhoud innehall* tresc tresci obsah* содержание message*
messaggi* mensaje* mensagem nachricht* сообщени* bericht meinung* mening mneni nazor* parere
gorus* мнени* ruckmeldung* freitext* feedbacktext 感想 コメント 本文 内容 內容 留言 意见 意見 评语 評語 댓글 내용 의견 코멘트 본문
お客様の声 kundenstimmen comentarii eszrevetel* txt cmt msg σχολι* nội luận ความคิดเห็น تعليق التعليق;
description* sentence tweet note notes reason* says said experience experiences thought thoughts
detail details improve grund grunde beschreibung* raison* motivo* razon perche porque descripcion
descrizione descricao описание 描述 理由 原因 이유 причина document utterance post posts statement
begrundung* quote quotes voices;
bewertung* valoraci* valutazion* avaliac* beoordeling* ocena ocen oceny ocene ocjena ocjene
hodnoten* eval evaluation*
evaluacion* evaluare vurdering* оценк* оцінк* note nota degerlendirme* hodnoceni ertekeles* arvio*
评价 評價 評価 평가 penilaian đánh تقييم التقييم;
title titles intitule titel titre titres titlu titolo tytul* titul* titulek headline* header
heading subject* summary betreff* uberschrift* sujet objet asunto* assunto* oggetto onderwerp* kop
rubrik* overskrift* temat tema basli* konu заголов* тема тему nadpis* otsikko souhrn* shrnuti cim
judul encabezado naslov titol タイトル 件名 見出し 标题 標題 主题 主題 제목 타이틀 τιτλος ueberschrift* đề หัวข้อ عنوان
العنوان;
rating* rate rated rates star stars score scores overall grade grades sterne gesamt etoile*
calificaci* puntuaci* estrella* voto voti stelle punteggi* nota note notes estrela* pontuac*
classificac* sterren ster cijfer* betyg* stjarn* stjerne* gwiazd* puan* yildiz* рейтинг* звезд*
зірк* балл* nps csat satisf* zufrieden* tevreden* zadowol* points punkte hvezd* tahti* tahdet skor
星 星级 星級 星数 评分 評分 点数 點數 评点 得分 打分 평점 별점 점수 満足度 满意度 滿意度 만족도 rtg arvosana* karakter* βαθμολογι*
ltr osat sao คะแนน schulnote*
αστερι* bintang דירוג امتیاز puntuacio*;
date dates time ctime timestamp datetime day datum* zeit zeitpunkt data daty fecha* heure hora ora
tijd* dato* дата даты дате время cas paiva* pvm tarih* zaman tanggal waktu when wann quand cuando
at unix seconds millis epoch ts tstamp 日期 日付 時間 时间 日時 投稿日 날짜 작성일 등록일 일시 시간 dt dte ημερομηνια
ngay วันที่ تاريخ التاريخ;
creat* crea posted publi* submi* recorded reviewed commented completed responded logged erstell*
abgegeben veroffentlicht* eingereicht* cree* creado* criado* inserito* envoye* soumis* enviad*
depot aangemaakt* geplaatst* oprettet* opprettet* utworz* opublik* dodan* added wystawi* skapad*
vytvoren* pridan* публик* опублик* создан* добавлен* olustur* yayin* 投稿 発表 发布 發布 작성 등록 crt;
updat* modif* edit* changed seen birth* dob expir* purchas* order* deliver* ship* joined last
first scrape* crawled export exported import imported importiert load loaded fetched ingested synced
launch* premiere* booking* booked reserv* invoice* payment* gmt
end ended start* begin* opened closed zone timezone version visit* stay*
stayed experience experienced registr* signup member travel* check* arrival departure letzte*
anderung geandert* aktualisier* mise actualiz* aggiorn* atualiz* bijgewerkt aktualiz* guncel*
обновл* bestell* commande pedido ordine zamowien* заказ* due year month week hour size* talla
große 更新 修改 수정 購入 下单 구매일;
product* item* asin* vyrob* proizvod* sku* article articles artikel* artikl* produkt* produit*
produto* prodott*
produs* articul* articol* artig* urun* товар* продукт* produk barang handle listing* offer offers
oferta oferty oferte model* movie* book books game* course* app apps medicine drug* wine film
films livre libro libri buch podcast song album anime clothing parentasin gtin isbn* upc ean
названи* наименовани* libelle* denumire* 名称 zbozi towar* vare tuote* termek* 商品 产品 產品 製品 宝贝 品名 제품
상품 prod tuott* προιον* phẩm สินค้า منتج المنتج;
hotel* restaurant* place* business* store* branch* venue* property brand airline* company firm
firma employer* account shop* filiale* magasin tienda negozio loja sklep магазин* clinic doctor
provider carrier bank university school attraction airport facility unternehmen entreprise empresa
azienda bedrijf 店铺 店鋪 店名 店舗 매장;
id ids uuid guid oid key keys no nr num number nummer* numer* номер code codes kod codigo codice
ref reference* referencia* sku* gtin isbn* upc ean asin* handle slug hash 编号 編號 番号 번호 单号;
count counts total totals qty quantit* amount anzahl* aantal* liczba кол количество* sayisi adet*
antal pocet helpful* useful* utile* utiles nutzlich* hilfreich* vote votes voted upvote* downvote*
thumbs like likes liked dislikes curtid* лайк* average avg mean durchschnitt* moyenne* promedio*
medi* gemiddeld* sredni* средн* length words chars menge besuche visits attempts children nights
guests rank position page pages index row hits views shares pieces units weight confidence
sentiment 件数 数量 有用数 评论数 点赞 平均 도움수 추천수 좋아요 cantidad* quantidade* hoeveelheid* ilosc* miktar* antall
stuck* 수량 个数;
reply* replies replied owner* seller* merchant* developer* vendor* dealer* admin* moderator*
verkaufer* verkoper* vendeur* vendedor* venditore* sprzedaw* продавц* satici* vanzator* handler*
butik* obchod* 返信 回复 回覆 返答 答复 答覆 답글 답변 回答 商家 卖家 판매자 kaup* απαντηση hồi ตอบกลับ رد الرد;
response* responds answer* antwort* antwoord* reponse* respuesta* risposta* resposta* odpowied*
odpoved* odgovor* відповід* svar* raspuns* yanit* cevap* ответ* valasz* vastaus* balasan reactie*
reakce* reaktion*;
author* auteur* autor* yazar* forfattar* автор* nickname* username* reviewer* rezensent* pseudo*
alias contact* respondent* teammate* bewerter*
assignee* agent* critic* reviewedby 投稿者 昵称 작성자 등록자 구매자 买家 用户名
kaufer* koper* acheteur* comprador* kupujac* nimimerkki*;
customer* person persons client* kunde* klant* klient* kund kundens musteri* клиент* покупател*
user users usuari* utilis* utilizator* kullanici* benutzer* guest* ospite* huesped* hospede* gast
gaste buyer* consumer* employee* visitor* 用户 用戶 お客様 顧客 고객 cust;
name names naam namen nom nombre nome nazwa nazev* nazvu namn navn ad adi имя имени названи*
наименовани* jmeno jmena denumire* libelle* nama nev 名 名称 名前 姓名 이름 nm nimi nimen neve ονομα
ten ชื่อ اسم الاسم;
url urls uri link links href image* img* photo* foto* picture* pictures avatar* media video* bild*
ip version* build release* firmware internal*
status* state lang langs language* locale sprache langue idioma язык* country
region city town location* ort ville pays source* channel* device* os platform browser type* kind
verified* translat* curated incentiv* tag tags label* price* cost* koszt* age gender metadata meta
parent width color* colour* flag* address* adresse* currency custom settings category* categories
thumbnail* preview* email* mail phone telefon* profile* unnamed quality accuracy mood checked job
position salary row schedule hours hrs kids floor priority difficulty
链接 图片 写真 画像 사진 фото* ссылк* 语言 語言 言語 地址 옵션* 옵션명;
how what why which would could should please tell do did are is was have has if who where were wie
warum wurden pourquoi quel quelle quels como que cual come cosa perche quale qual waarom wat hoe
jak dlaczego co hur vad varfor nasil ne neden как что почему;
ticket* tickets issue issues incident* conversation* vorgang anfrage*;
de del della dell dello dei delle du des da do dal dall la le l il lo los las по z o pour per par;`

var (
	lexiconOnce sync.Once
	lexiconMap  map[string]sense
)

// lexiconOf returns the senses of words and of prefixes.
func lexiconOf() map[string]sense {
	lexiconOnce.Do(func() {
		lexiconMap = make(map[string]sense, 1200)
		bit, from := sense(1), 0
		for i := range len(lexicon) {
			if c := lexicon[i]; c == ' ' || c == '\n' || c == ';' {
				if from < i {
					lexiconMap[lexicon[from:i]] |= bit
				}
				if from = i + 1; c == ';' {
					bit <<= 1
				}
			}
		}
	})
	return lexiconMap
}

// maxWordBytes limits the words that are looked up, in bytes.
const maxWordBytes = 48

// senses appends the senses of a lower-case word, one for each part of a compound; unknown for a
// part that is not in the lexicon.
func senses(parts []sense, word string) []sense {
	if len(word) > maxWordBytes {
		return append(parts, unknown)
	}
	words := lexiconOf()
	if s := words[word] | words[word+"*"]; s != 0 {
		return append(parts, s)
	}
	if strings.IndexFunc(word, isWide) >= 0 {
		return wideSenses(parts, word)
	}
	if split, ok := compound(words, parts, word, 3); ok {
		return split
	}
	if s := beginning(words, word); s != 0 {
		return append(parts, s)
	}
	for i := range word { // a compound with an unknown first part
		if rest := word[i:]; i > 2 && len(rest) >= 5 && words[rest] != 0 {
			return append(parts, unknown, words[rest])
		}
	}
	return append(parts, unknown)
}

// beginning returns the sense of the longest prefix of word that may have any ending.
func beginning(words map[string]sense, word string) sense {
	for n := len(word); n > 2; n-- {
		if n < len(word) && !utf8.RuneStart(word[n]) {
			continue
		}
		if s := words[word[:n]+"*"]; s != 0 {
			return s
		}
	}
	return 0
}

// compound splits a word into at most that many known ones: Bewertungs-text, review-date,
// created-at.
func compound(words map[string]sense, parts []sense, word string, most int) ([]sense, bool) {
	if s := words[word] | words[word+"*"]; s != 0 {
		return append(parts, s), true
	}
	if most == 1 {
		return parts, false
	}
	for n := len(word) - 2; n > 1; n-- {
		if !utf8.RuneStart(word[n]) {
			continue
		}
		s := words[word[:n]]
		if s == 0 {
			s = words[word[:n]+"*"]
		}
		if s == 0 || n == 2 && s&(ident|foreign) == 0 {
			continue
		}
		for link := range 3 { // Bewertung-s-text, Kunde-n-name, Kund-en-name
			rest := word[min(n+link, len(word)):]
			if link > 0 && !inList(word[n:len(word)-len(rest)], " s n en er es ") ||
				len(rest) < 4 && !inList(rest, " id ids at url nr ") {
				continue
			}
			if split, ok := compound(words, append(parts, s), rest, most-1); ok {
				return split, true
			}
		}
	}
	return parts, false
}

// wideSenses splits a word of a script without spaces at the longest known words in it.
func wideSenses(parts []sense, word string) []sense {
	words := lexiconOf()
	known := len(parts)
	for len(word) > 0 {
		n := min(len(word), 20)
		for ; n > 0; n-- {
			if n < len(word) && !utf8.RuneStart(word[n]) {
				continue
			}
			if s := words[word[:n]]; s != 0 {
				parts = append(parts, s)
				break
			}
		}
		if n == 0 {
			_, n = utf8.DecodeRuneInString(word)
		}
		word = word[n:]
	}
	if len(parts) == known {
		parts = append(parts, unknown)
	}
	return parts
}

// folded lists accented letters after the plain ones: names are written either way.
const folded = "aáàâãäåăą cçćč dď eéèêëęě gğ iíìîïı lł nñńň oóòôõöøő rřŕ sśšşș tťţț uúùûüűů yýÿ zźżž её αά εέ ηή ιίϊΐ οό υύ ωώ"

func fold(r rune) rune {
	if r < utf8.RuneSelf || r >= 0x2e80 {
		return r
	}
	base, first := r, true
	for _, c := range folded {
		switch {
		case first:
			base = c
		case c == r:
			return base
		}
		first = c == ' '
	}
	return r
}

func isWide(r rune) bool {
	return r >= 0x2e80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}
