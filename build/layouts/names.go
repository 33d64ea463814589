package main

import (
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"unicode"
)

// names are what columns of a role are called, by language. "/" between them.
var names = map[string]map[string]string{
	"text": {
		"en": "Review/Review Text/Review Body/Comment/Comments/Feedback/Customer Review/Verbatim/Message/Review Content/Your review/Opinion/Body/Customer Feedback/Remarks/Experience/Review Description/Comment Text/User Review/Testimonial",
		"de": "Kommentar/Rezension/Bewertungstext/Meinung/Ihre Bewertung in Worten/Kundenmeinung/Text der Bewertung/Rückmeldung",
		"fr": "Commentaire/Avis/Texte de l'avis/Contenu de l'avis/Votre avis/Témoignage/Remarques",
		"es": "Reseña/Comentario/Opinión/Texto de la reseña/Comentarios del cliente/Mensaje",
		"it": "Recensione/Commento/Testo della recensione/Opinione/Messaggio",
		"nl": "Recensie/Opmerking/Tekst van de recensie/Toelichting/Mening",
		"pt": "Comentário/Opinião/Resenha/Texto da avaliação/Mensagem",
		"pl": "Opinia/Komentarz/Treść opinii/Recenzja", "cs": "Recenze/Komentář/Text recenze/Názor",
		"sv": "Recension/Kommentar/Omdöme/Recensionstext", "tr": "Yorum/Yorum metni/Değerlendirme metni/Görüş",
		"ru": "Отзыв/Комментарий/Текст отзыва/Мнение", "ja": "レビュー/コメント/レビュー本文/口コミ/感想",
		"ko": "리뷰/후기/리뷰 내용/코멘트", "zh": "评论/评价内容/评论内容/内容", "zh-tw": "評論/評價內容/評論內容/內容",
	},
	"title": {
		"en": "Title/Review Title/Headline/Subject/Summary/Review Headline/Heading",
		"de": "Titel/Überschrift/Betreff", "fr": "Titre/Titre de l'avis/Objet", "es": "Título/Asunto", "it": "Titolo/Oggetto",
		"nl": "Titel/Kop", "pt": "Título/Assunto", "pl": "Tytuł/Temat", "cs": "Titulek/Nadpis", "sv": "Rubrik/Titel",
		"tr": "Başlık/Konu", "ru": "Заголовок/Тема", "ja": "タイトル/件名", "ko": "제목/타이틀", "zh": "标题/主题", "zh-tw": "標題/主題",
	},
	"stars": {
		"en": "Rating/Stars/Score/Star Rating/Overall/Overall Rating/Review Rating/Your rating/Grade/Number of stars",
		"de": "Sterne/Bewertung/Note/Anzahl Sterne", "fr": "Note/Étoiles/Évaluation", "es": "Calificación/Puntuación/Estrellas/Valoración",
		"it": "Valutazione/Voto/Stelle", "nl": "Sterren/Cijfer/Beoordeling", "pt": "Nota/Classificação/Estrelas", "pl": "Ocena/Gwiazdki",
		"cs": "Hodnocení/Hvězdičky", "sv": "Betyg/Stjärnor", "tr": "Puan/Yıldız", "ru": "Оценка/Рейтинг/Звёзды", "ja": "評価/星/点数",
		"ko": "별점/평점", "zh": "评分/星级", "zh-tw": "評分/星級",
	},
	"date": {
		"en": "Date/Review Date/Created At/Submitted/Submission Time/Posted on/Timestamp/Date of review/Created",
		"de": "Datum/Bewertungsdatum/Erstellt am", "fr": "Date/Date de l'avis/Créé le", "es": "Fecha/Fecha de la reseña", "it": "Data/Data della recensione",
		"nl": "Datum/Geplaatst op", "pt": "Data/Criado em", "pl": "Data/Data dodania", "cs": "Datum/Vytvořeno", "sv": "Datum/Skapad",
		"tr": "Tarih/Oluşturma tarihi", "ru": "Дата/Дата отзыва", "ja": "日付/投稿日", "ko": "날짜/작성일", "zh": "日期/评论时间", "zh-tw": "日期/評論時間",
	},
	"product": {
		"en": "Product/Product Name/Item/Product Title/Article", "de": "Produkt/Artikel", "fr": "Produit/Article", "es": "Producto/Artículo",
		"it": "Prodotto/Articolo", "nl": "Product/Artikel", "pt": "Produto/Artigo", "pl": "Produkt/Towar", "cs": "Produkt/Zboží", "sv": "Produkt/Artikel",
		"tr": "Ürün/Ürün adı", "ru": "Товар/Продукт", "ja": "商品/商品名", "ko": "상품/상품명", "zh": "商品/产品", "zh-tw": "商品/產品",
	},
	"language": {"en": "Language/Lang/Locale", "de": "Sprache", "fr": "Langue", "es": "Idioma", "ru": "Язык", "ja": "言語"},
	"reply": {
		"en": "Reply/Response/Owner Response/Company Reply/Answer/Merchant comment/Developer response", "de": "Antwort/Antwort des Händlers", "fr": "Réponse",
		"es": "Respuesta", "it": "Risposta", "nl": "Reactie/Antwoord", "pt": "Resposta", "pl": "Odpowiedź", "cs": "Odpověď", "sv": "Svar", "tr": "Yanıt",
		"ru": "Ответ", "ja": "返信", "ko": "답글/답변", "zh": "回复/商家回复", "zh-tw": "回覆",
	},
	"person": {
		"en": "Author/Reviewer/Customer/User/Name/Nickname", "de": "Autor/Name/Kunde", "fr": "Auteur/Nom/Client", "es": "Autor/Nombre", "it": "Autore/Nome",
		"nl": "Auteur/Naam", "pt": "Autor/Nome", "pl": "Autor/Klient", "cs": "Autor/Jméno", "sv": "Författare/Namn", "tr": "Yazar/Kullanıcı",
		"ru": "Автор/Имя", "ja": "投稿者/名前", "ko": "작성자/이름", "zh": "用户/用户名", "zh-tw": "用戶/姓名",
	},
}

// rename picks a name for a column of a role, from the half of the names that is held back or from
// the other; "" where the language has none in that half.
func rename(r *rand.Rand, role, language string, held bool) string {
	var those []string
	for _, name := range strings.Split(names[role][language], "/") {
		if name != "" && isHeld(role+name) == held {
			those = append(those, name)
		}
	}
	if len(those) == 0 {
		return ""
	}
	return those[r.IntN(len(those))]
}

// isHeld halves whatever is named.
func isHeld(name string) bool {
	h := fnv.New64a()
	h.Write([]byte("held" + name))
	return h.Sum64()>>17&1 == 1
}

// styles are ways to write the same names.
var styles = map[string]func(string) string{
	"snake":  func(s string) string { return strings.Join(lower(words(s)), "_") },
	"upper":  func(s string) string { return strings.ToUpper(strings.Join(words(s), "_")) },
	"kebab":  func(s string) string { return strings.Join(lower(words(s)), "-") },
	"spaces": func(s string) string { return " " + strings.Join(words(s), " ") + " " },
	"camel": func(s string) string {
		all := lower(words(s))
		for i, word := range all {
			if i > 0 {
				letters := []rune(word)
				all[i] = string(unicode.ToUpper(letters[0])) + string(letters[1:])
			}
		}
		return strings.Join(all, "")
	},
	"dotted":   func(s string) string { return "reviews." + strings.Join(lower(words(s)), "_") },
	"prefixed": func(s string) string { return "tbl_" + strings.Join(lower(words(s)), "_") },
}

var styleNames = []string{"snake", "upper", "kebab", "spaces", "camel", "dotted", "prefixed"}

// words cuts a name at what is no letter and no digit, and before a capital that follows a small letter.
func words(s string) (all []string) {
	var word []rune
	last := ' '
	for _, r := range s + " " {
		isWord := unicode.IsLetter(r) || unicode.IsDigit(r) || r == '#'
		if len(word) > 0 && (!isWord || unicode.IsUpper(r) && unicode.IsLower(last)) {
			all = append(all, string(word))
			word = nil
		}
		if isWord {
			word = append(word, r)
		}
		last = r
	}
	return all
}

func lower(all []string) []string {
	for i := range all {
		all[i] = strings.ToLower(all[i])
	}
	return all
}
