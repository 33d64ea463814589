package table

import (
	"strings"
	"unicode"
)

// nameEvidence is how far a column's name speaks for a role (or, below zero, against it): 3 where it is
// the role's own name, 2 where it may be, 0 where it says nothing.
type nameEvidence struct{ text, title, stars, date, product, id float64 }

// Words of column names, by what they say. Each is a word of a name in lower case: names are cut at what
// is no letter and where a capital follows a small letter. Words of scripts without spaces, and compounds,
// are looked for within names (…Parts). The languages are English, German, French, Spanish, Italian,
// Portuguese, Dutch, Polish, Swedish, Danish, Turkish, Russian, Japanese, Chinese and Korean.
const (
	textWords = " review reviews comment comments feedback verbatim text body content message opinion opinions remark remarks " +
		"kommentar kommentare rezension rezensionen rezensionstext bewertungstext meinung freitext nachricht inhalt " +
		"avis commentaire commentaires témoignage contenu texte " +
		"reseña reseñas comentario comentarios opinión opiniones contenido texto mensaje " +
		"recensione recensioni commento commenti parere opinione testo contenuto " +
		"comentário comentários opinião conteúdo mensagem resenha " +
		"opmerking opmerkingen recensie recensies reactie tekst inhoud mening " +
		"recension recensioner omdöme omdömen kommentarer innehåll anmeldelse anmeldelser " +
		"opinia opinie komentarz komentarze recenzja treść treśc " +
		"yorum yorumlar görüş metin отзыв отзывы комментарий комментарии текст мнение сообщение "
	textSubstrings = "レビュー 口コミ コメント 感想 本文 内容 评论 評論 评语 評語 留言 意见 意見 点评 點評 리뷰 후기 댓글 내용 의견 コメント"
	// weakTextWords name texts where nothing better does.
	weakTextWords = " description response answer answers sentence tweet note notes reason why says said experience thoughts details antwort grund " +
		"beschreibung warum réponse pourquoi raison respuesta motivo razón perché risposta resposta porquê antwoord waarom post "
	// bothWords name texts or ratings, by their cells.
	bothWords = " bewertung bewertungen valoración valoraciones valutazione avaliação avaliações beoordeling beoordelingen ocena değerlendirme " +
		"évaluation vurdering betyg оценка note notes nota "
	bothSubstrings = "评价 評價 評価"
	titleWords     = " title titles headline heading subject summary titel überschrift betreff titre sujet título titulo asunto titolo oggetto " +
		"assunto onderwerp kop rubrik overskrift tytuł temat başlık konu заголовок тема "
	titleSubstrings = "タイトル 件名 见出し 見出し 标题 標題 제목"
	starsWords      = " rating ratings stars star score scores overall grade rate sterne note étoiles étoile evaluación calificación puntuación estrellas " +
		"voto stelle punteggio punteggi nota estrelas pontuação classificação sterren cijfer betyg stjärnor stjerner gwiazdki gwiazdek " +
		"puan yıldız рейтинг звезды оценка nps csat satisfaction satisfied zufriedenheit zufrieden starrating " +
		"reviewrating overallrating "
	starsSubstrings = "星级 星級 评分 評分 評価 星数 评星 평점 별점"
	dateWords       = " date dates time timestamp datetime created posted published submitted updated dated when day datum zeit zeitpunkt erstellt heure créé publié fecha hora creado " +
		"data ora creato tijd aangemaakt dato oprettet tarih дата время czas päivä päivämäärä reviewtime submissiontime createdat unixreviewtime at "
	dateSubstrings = "日期 日付 時間 时间 日時 投稿日 날짜 작성일 등록일 일시"
	productWords   = " product products item items asin sku variation variant model article artikel produkt produkte produit producto productos prodotto " +
		"produto ürün товар продукт handle hotel restaurant book movie place business listing app game course category brand parentasin store " +
		"branch venue "
	productSubstrings = "商品 产品 產品 製品 제품 상품"
	idWords           = " id uuid guid key number nr no ref reference ticket order "
	idSubstrings      = "编号 番号 번호"
	// foreignWords name what is about a review but not in it; a text's name beside one of them is no text's.
	foreignWords = " reply replies replied response responses answer antwort réponse respuesta risposta resposta antwoord odpowiedź svar yanıt ответ owner seller merchant admin moderator " +
		"version ip url uri link links href image images img photo photos picture pictures avatar media video videos thumbnail " +
		"id ids uuid guid email mail phone user users username userid author name names reviewer reviewers nickname profile customer " +
		"status state lang language locale country region city location source channel device os platform browser agent " +
		"verified helpful vote votes thumbs like likes count counts total qty quantity price amount age gender length words " +
		"tags tag label labels category categories type curated translation translated metadata meta parent hash key keys code slug "
	foreignSubstrings = "返信 回复 回覆 返答 답글 답변 回答"
	// dateForeign spoil a date: it is that of something else.
	dateForeign = " reply replied response answer updated modified edited seen added birth birthday dob expires expiry expiration purchase order delivery delivered " +
		"shipped joined last first scraped crawled gmt end ended zone timezone version "
)

// longestName bounds the names of columns that are weighed, in bytes.
const longestName = 300

// weighName says what a column's name tells of its role.
func weighName(name string) (e nameEvidence) {
	if len(name) > longestName {
		return e
	}
	words := nameWords(name)
	if len(words) == 0 {
		return e
	}
	whole := strings.Join(words, "")
	lower := strings.ToLower(name)
	last := words[len(words)-1]
	n := len(words)
	text, weak, both := count(words, textWords), count(words, weakTextWords), count(words, bothWords)
	title, stars, date := count(words, titleWords), count(words, starsWords), count(words, dateWords)
	product, foreign := count(words, productWords), count(words, foreignWords)
	text += substrings(lower, textSubstrings)
	both += substrings(lower, bothSubstrings)
	title += substrings(lower, titleSubstrings)
	stars += substrings(lower, starsSubstrings)
	date += substrings(lower, dateSubstrings)
	product += substrings(lower, productSubstrings)
	foreign += substrings(lower, foreignSubstrings)
	question := strings.HasSuffix(strings.TrimSpace(name), "?") || n >= 6

	// A text. In English the last word of a name says what it is (review date), elsewhere often the first
	// (date de l'avis), so a word of another role anywhere means that role.
	switch {
	case is(last, " says said thoughts experience feedback ") && !has(words, "reply", "response", "owner", "seller"):
		e.text = 2.8
	case is(last, foreignWords) && !is(last, textWords) && n < 8 || // any word may end a sentence
		foreign > 0 && !is(last, textWords) && !question:
		e.text = -3
		if (last == "response" || last == "answer" || last == "antwort" || last == "réponse" || last == "respuesta") && n == 1 {
			e.text = 0.5
		}
	case text > 0 && has(words, "reply", "replies", "response", "owner", "seller", "answer", "merchant"):
		e.text = -3 // reply_content
	case text > 0 && (title > 0 || date > 0 && !question || stars > 0 && !question || is(last, " number ")):
		e.text = -2
	case text > 0:
		e.text = 3
		switch whole {
		case "reviewtext", "reviewbody", "reviewcontent", "verifiedreviews", "customerreview", "reviewstext", "textreview":
			e.text = 3.5
		case "message", "opinion", "comment", "comments", "feedback":
			e.text = 2.8
		}
	case both > 0:
		e.text = 1.5
	case whole == "reviewdescription":
		e.text = 3
	case weak > 0 && product == 0 && date == 0:
		e.text = 1.2
	case title > 0 || stars > 0 && !question || date > 0 && !question || product > 0 && !question:
		e.text = -2
	}
	if question && e.text >= 0 && e.text < 1.5 {
		e.text = 1.5
	}

	switch {
	case title > 0 && (product > 0 || foreign > 0 && !has(words, "name", "customer") || has(words, "job", "page", "course", "movie", "book")):
		if product > 0 && title > 0 {
			e.product = 3.5
		}
	case title > 0 && text > 0:
		e.title = 3.5
	case title > 0:
		e.title = 3
	}

	switch {
	case stars > 0 || both > 0:
		e.stars = 3
		if is(last, " count counts number total id date time title text comment comments version words length ") ||
			has(words, "count", "counts", "helpful", "helpfulness", "numhelpful", "seller", "average", "avg", "mean", "sentiment", "product", "confidence", "total") {
			e.stars = -3
		} else if text > 0 || has(words, "overall") {
			e.stars = 3.5
		} else if stars == 0 {
			e.stars = 2.5
		}
		if has(words, "reply", "response") {
			e.stars = -3
		}
	case foreign > 0 || product > 0 || date > 0 || title > 0 || text > 0 && !question || has(words, "row", "no", "nr", "number", "index", "order", "year", "month", "week", "hour", "units", "items", "pieces", "size", "weight", "visits", "attempts", "children", "nights", "guests", "rank", "page", "position"):
		e.stars = -3
	}

	switch {
	case date > 0 && foreignDate(words):
		e.date = 1 // with cells that are dates, the last choice; see need
	case date > 0 && (text > 0 || has(words, "created", "posted", "published", "submitted", "submission")):
		e.date = 3.5
	case date > 0:
		e.date = 3
	case has(words, "version", "ip", "phone", "id", "build", "release", "zip", "postcode", "price", "number"):
		e.date = -3
	}

	switch {
	case product > 0 && e.product == 0 && !has(words, "review", "reviews", "rating", "date", "url", "link", "image", "img", "description", "desc", "price", "count", "version", "type"):
		e.product = 2.6
		if has(words, "name", "title", "product") {
			e.product = 3
		}
		if has(words, "id", "sku", "asin", "handle") {
			e.product = 2.7
		}
		if has(words, "category", "categories", "brand", "store", "version", "app") && n == 1 {
			e.product = 2.5
		}
	}
	if has(words, "id", "uuid", "key", "guid") || substrings(lower, idSubstrings) > 0 || whole == "ordernumber" {
		e.id = 2.5
		if text > 0 || has(words, "ticket", "response", "feedback") {
			e.id = 3.5
		}
		if n == 1 {
			e.id = 3
		}
		if has(words, "user", "customer", "author", "reviewer",
			"profile", "product", "parent", "item", "hotel", "app") {
			e.id = 0
		}
	}
	return e
}

// foreignDate reports whether a date's name says that it is that of something else than the review.
func foreignDate(words []string) bool {
	for _, w := range words {
		if is(w, dateForeign) {
			return true
		}
	}
	return false
}

// nameWords cuts a name into words in lower case.
func nameWords(name string) (words []string) {
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, string(word))
			word = word[:0]
		}
	}
	small := false
	for _, r := range name {
		switch {
		case unicode.IsLetter(r) || unicode.Is(unicode.Mn, r):
			if unicode.IsUpper(r) && small {
				end()
			}
			small = unicode.IsLower(r)
			word = append(word, unicode.ToLower(r))
		default:
			end()
			small = false
		}
		if len(words) > 40 {
			return words
		}
	}
	end()
	return words
}

// is reports whether word is in list, which has a space before and after each of its words.
func is(word, list string) bool {
	i := strings.Index(list, word)
	for i >= 0 {
		if i > 0 && list[i-1] == ' ' && i+len(word) < len(list) && list[i+len(word)] == ' ' {
			return true
		}
		next := strings.Index(list[i+1:], word)
		if next < 0 {
			return false
		}
		i += 1 + next
	}
	return false
}

func count(words []string, list string) (n int) {
	for _, w := range words {
		if is(w, list) {
			n++
		}
	}
	return n
}

func has(words []string, any ...string) bool {
	for _, w := range words {
		for _, a := range any {
			if w == a {
				return true
			}
		}
	}
	return false
}

// substrings counts the words of list that occur within name.
func substrings(name, list string) (n int) {
	if isASCII([]byte(name)) {
		return 0
	}
	for part := range strings.FieldsSeq(list) {
		if strings.Contains(name, part) {
			n++
		}
	}
	return n
}

// knownName reports whether each word of a name is one that names columns, so that it is hardly a text.
func knownName(words []string) bool {
	named := false
	for _, w := range words {
		switch {
		case is(w, textWords), is(w, titleWords), is(w, starsWords), is(w, dateWords), is(w, productWords), is(w, idWords), is(w, bothWords):
			named = true
		case is(w, foreignWords), is(w, weakTextWords):
			named = named || len(words) > 1
		case is(w, " of the your our a an in on by de la le l del della da do du des d der die das den van het av af per with for main full is "):
		case substrings(w, textSubstrings)+substrings(w, titleSubstrings)+substrings(w, starsSubstrings)+substrings(w, dateSubstrings)+
			substrings(w, productSubstrings)+substrings(w, bothSubstrings)+substrings(w, idSubstrings) > 0:
			named = true
		default:
			return false
		}
	}
	return named
}
