package table

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestColumnsByName checks the roles of the headers of real exports, by their names alone.
func TestColumnsByName(t *testing.T) {
	for _, tt := range []struct {
		name                              string
		header                            []string
		text, title, stars, date, product string
	}{
		{"Google Play", []string{"reviewId", "userName", "userImage", "content", "score",
			"thumbsUpCount", "reviewCreatedVersion", "at", "replyContent", "repliedAt",
			"appVersion"},
			"content", "", "score", "at", ""},
		{"Datafiniti", []string{"id", "dateAdded", "dateUpdated", "name", "asins", "brand",
			"categories", "keys", "manufacturer", "reviews.date", "reviews.dateSeen",
			"reviews.doRecommend", "reviews.numHelpful", "reviews.rating", "reviews.sourceURLs",
			"reviews.text", "reviews.title", "reviews.username"},
			"reviews.text", "reviews.title", "reviews.rating", "reviews.date", "asins"},
		{"WooCommerce", []string{"comment_ID", "comment_post_ID", "comment_author",
			"comment_author_email", "comment_author_IP", "comment_date", "comment_date_gmt",
			"comment_content", "comment_approved", "comment_parent", "rating", "verified",
			"product_title"},
			"comment_content", "", "rating", "comment_date", "product_title"},
		{"Judge.me", []string{"title", "body", "rating", "review_date", "source", "curated",
			"reviewer_name", "reviewer_email", "product_id", "product_handle", "reply",
			"reply_date", "picture_urls", "ip_address"},
			"body", "title", "rating", "review_date", "product_id"},
		{"Yotpo", []string{"Review ID", "Review Score", "Review Title", "Review Content",
			"Review Creation Date", "Product Title", "Product ID", "Review Status"},
			"Review Content", "Review Title", "Review Score", "Review Creation Date",
			"Product Title"},
		{"replies beside reviews", []string{"Date", "Rating", "Customer Review", "Response"},
			"Customer Review", "", "Rating", "Date", ""},
		{"amazon_us_reviews",
			[]string{"marketplace", "customer_id", "review_id", "product_id", "product_parent",
				"product_title", "product_category", "star_rating", "helpful_votes", "total_votes",
				"vine", "verified_purchase", "review_headline", "review_body", "review_date"},
			"review_body", "review_headline", "star_rating", "review_date", "product_title"},
		{"German", []string{"Datum", "Produkt", "Sterne", "Titel", "Kommentar"}, "Kommentar",
			"Titel", "Sterne", "Datum", "Produkt"},
		{"French", []string{"Date de l'avis", "Note", "Titre de l'avis", "Avis", "Produit"}, "Avis",
			"Titre de l'avis", "Note", "Date de l'avis", "Produit"},
		{"Spanish", []string{"Fecha", "Producto", "Puntuación", "Título", "Reseña"}, "Reseña",
			"Título", "Puntuación", "Fecha", "Producto"},
		{"Italian", []string{"Data", "Prodotto", "Voto", "Titolo", "Recensione"}, "Recensione",
			"Titolo", "Voto", "Data", "Prodotto"},
		{"Portuguese", []string{"Data", "Produto", "Nota", "Título", "Comentário"}, "Comentário",
			"Título", "Nota", "Data", "Produto"},
		{"Chinese", []string{"日期", "商品", "星级", "标题", "评论内容"}, "评论内容", "标题", "星级", "日期", "商品"},
		{"Japanese", []string{"投稿日", "商品名", "評価", "タイトル", "レビュー本文"}, "レビュー本文", "タイトル", "評価", "投稿日",
			"商品名"},
		{"Korean", []string{"작성일", "상품", "별점", "제목", "리뷰"}, "리뷰", "제목", "별점", "작성일", "상품"},
		{"texts on scores", []string{"Comment on score", "Feedback score"},
			"Comment on score", "", "Feedback score", "", ""},
		{"reasons for scores", []string{"Verbatim - Reason for score", "NPS"},
			"Verbatim - Reason for score", "", "NPS", "", ""},
		{"Dutch texts on scores", []string{"Datum", "Cijfer", "Toelichting bij cijfer"},
			"Toelichting bij cijfer", "", "Cijfer", "Datum", ""},
		{"Russian", []string{"Дата", "Товар", "Оценка", "Заголовок", "Отзыв"}, "Отзыв", "Заголовок",
			"Оценка", "Дата", "Товар"},
	} {
		c, _ := GuessColumns(tt.header, nil)
		name := func(i int) string {
			if i < 0 {
				return ""
			}
			return tt.header[i]
		}
		for role, pair := range map[string][2]string{"text": {name(c.Text), tt.text},
			"title": {name(c.Title), tt.title}, "stars": {name(c.Stars), tt.stars},
			"date": {name(c.Date), tt.date}, "product": {name(c.Product), tt.product}} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %s is %q, want %q", tt.name, role, pair[0], pair[1])
			}
		}
	}
}

// columnsOf parses a header whose names have their role before a colon.
func columnsOf(marked string) (header []string, want Columns) {
	want = Columns{Text: -1, Title: -1, Stars: -1, Date: -1, Product: -1, ID: -1}
	for i, column := range strings.Split(marked, "|") {
		role, name, ok := strings.Cut(column, ":")
		if !ok {
			role, name = "", role
		}
		header = append(header, name)
		switch role {
		case "text":
			want.Text = i
		case "title":
			want.Title = i
		case "stars":
			want.Stars = i
		case "date":
			want.Date = i
		case "product":
			want.Product = i
		}
	}
	return header, want
}

// TestColumnsByNameInLanguages checks names in more languages, in compounds and without accents.
func TestColumnsByNameInLanguages(t *testing.T) {
	for _, tt := range []struct{ name, columns string }{
		{"Polish", "product:Nazwa produktu|stars:Liczba gwiazdek|text:Treść opinii|" +
			"date:Data wystawienia opinii|Autor opinii"},
		{"Swedish", "date:Datum|product:Produkt|stars:Betyg (1-5)|title:Rubrik|" +
			"text:Kundens kommentar|Butikens svar"},
		{"Finnish", "date:Päivämäärä|product:Tuotteen nimi|stars:Arvosana|title:Otsikko|" +
			"text:Arvostelu|Kaupan vastaus"},
		{"Danish", "Anmeldelse-ID|date:Oprettet|title:Overskrift|text:Anmeldelse|" +
			"stars:Stjerner|Svar|Svardato"},
		{"Czech", "date:Datum přidání|product:Název produktu|stars:Celkové hodnocení|" +
			"text:Text recenze|Reakce obchodu"},
		{"Turkish, in capitals", "product:ÜRÜN ADI|title:YORUM BAŞLIĞI|text:YORUM|stars:PUAN|" +
			"date:YORUM TARİHİ|SATICI YANITI"},
		{"Turkish, in ASCII", "product:urun_adi|title:yorum_basligi|text:yorum_metni|stars:puan|" +
			"date:yorum_tarihi"},
		{"Romanian", "product:Produs|title:Titlu recenzie|text:Recenzie|stars:Nota|date:Data|" +
			"Răspuns vânzător"},
		{"Dutch compounds", "product:Productnaam|title:Reviewtitel|text:Reviewtekst|" +
			"stars:Aantal sterren|date:Reviewdatum|Reactie verkoper"},
		{"German compounds",
			"product:Artikelbezeichnung|stars:Kundenbewertung|title:Rezensionstitel|" +
				"text:Rezensionstext|date:Erstellungsdatum|Händlerantwort"},
		{"Hungarian", "product:Termék neve|stars:Értékelés|text:Vélemény|date:Dátum|Válasz"},
		{"Ukrainian", "product:Товар|stars:Оцінка|text:Відгук|date:Дата відгуку|" +
			"Відповідь продавця"},
		{"Greek", "date:Ημερομηνία|product:Προϊόν|stars:Βαθμολογία|title:Τίτλος|" +
			"text:Κριτική"},
		{"Indonesian", "product:Nama Produk|stars:Rating|text:Ulasan|date:Tanggal|" +
			"Balasan Penjual"},
		{"Thai", "product:ชื่อสินค้า|stars:คะแนน|text:รีวิว|date:วันที่|ตอบกลับ"},
		{"Arabic", "product:المنتج|stars:التقييم|text:التعليق|date:التاريخ|الاسم"},
		{"Vietnamese", "product:Tên sản phẩm|stars:Số sao|text:Nội dung đánh giá|date:Ngày"},
		{"Ukrainian replies", "text:Відгук|Відповідь магазину|stars:Оцінка"},
		{"Croatian", "product:Proizvod|stars:Ocjena|title:Naslov|text:Recenzija|Odgovor"},
		{"without spaces", "reviewid|product:productname|title:reviewtitle|text:reviewtext|" +
			"stars:starrating|date:reviewdate|sellerreply"},
		{"one beginning", "title:tbl_title|text:tbl_review|stars:tbl_rating|date:tbl_date|" +
			"tbl_response"},
		{"a rating of the place", "product:company_name|company_overall_rating|" +
			"text:review_content|stars:review_rating|date:review_date"},
		{"a rating of all customers", "beer_name|global_rating_score|text:comment|" +
			"stars:rating_score|date:created_at"},
		{"overall of one place", "stars:hotelOverallRating|text:review|service rating"},
		{"of a search engine", "_index|_id|title:_source.title|text:_source.review|" +
			"stars:_source.rating|date:_source.created|product:_source.product.name"},
		{"in an event", "id|source|date:time|text:data.text|stars:data.rating|" +
			"product:data.product"},
		{"beside data", "text:comment|stars:data.rating|product:data.product"},
		{"beside metadata", "text:page_content|title:metadata.title|stars:metadata.rating|" +
			"product:metadata.product_name"},
		{"ratings of a product and of its review", "product.rating|text:text|" +
			"product:product.name"},
		{"reviews in hotels", "text:hotel.review|stars:hotel.rating|date:date"},
		{"in a response", "id|form|text:response.text|stars:response.rating"},
		{"a response beside", "text:review|stars:rating|response.text|response.rating"},
		{"a response beside a weak name", "stars:stars|text:details|response.text|" +
			"response.author"},
		{"a response below a weak name", "id|description|text:response.text|" +
			"stars:response.rating"},
		{"a response without a rating", "id|status|text:response.text|date:response.date"},
		{"a response beside its score", "id|stars:score|text:response.text|date:response.date"},
		{"ratings of a shop and of a product", "date:Date|Service Rating|product:Product|" +
			"stars:Product Rating|text:Product Comment|Service Comment"},
		{"overall of a shop", "Overall Rating|Shipping Rating|product:Product|" +
			"stars:Product Rating|text:Product Comments|Comments"},
		{"a product and its review", "stars:rating|product rating|text:product review"},
		{"a question of a detail", "stars:Overall rating|How would you rate the delivery?|" +
			"text:What did you think of the product?"},
		{"a question of a detail, in one word", "stars:overall_rating|" +
			"how_would_you_rate_the_rooms_of_our_hotel|text:what_did_you_like_about_our_hotel"},
		{"a question of a detail, by a statement", "stars:Overall rating|" +
			"How would you rate the rooms of the hotel?|text:Comments on the hotel"},
		{"a question of the product", "Service rating|stars:Product rating|" +
			"text:What did you think of the product?"},
		{"questions of both", "How would you rate the delivery?|" +
			"stars:How would you rate the product?|text:Product comments"},
		{"questions of both, and of the product", "How satisfied are you with our service?|" +
			"stars:How satisfied are you with the product?|" +
			"text:What do you like most about the product?"},
		{"a delivery beside the product", "How would you rate the delivery?|" +
			"stars:Product rating|text:Why?"},
		{"the same without a question", "Shipping rating|stars:Product rating|text:Comment"},
		{"a delivery alone", "stars:Rate our delivery|text:Comment"},
		{"points of a programme", "stars:How satisfied are you with the product?|text:Comments|" +
			"Points"},
		{"a grade of pay", "stars:How satisfied are you with your job?|text:Comments|Grade"},
		{"a score of a customer", "stars:How satisfied are you with us?|text:Comments|" +
			"Customer score"},
		{"a score of a person with an address", "stars:Score|text:Comment|Permalink|Email"},
		{"a score of a post", "Score|text:Comment|Permalink"},
		{"a score alone", "text:Comments|stars:Score|Food rating"},
		{"a score beside a question of the delivery", "How would you rate the delivery?|" +
			"text:Comments|stars:Score"},
		{"a rating beside a question", "How satisfied are you with our staff?|text:Comments|" +
			"stars:Rating"},
		{"a stay beside one of its qualities", "stars:How would you rate your stay with us?|" +
			"Food rating|text:Why?"},
		{"your rating", "Food rating|stars:Your rating|text:Your comment"},
		{"articles", "stars:Overall rating|Rating of the rooms|text:Comments on the hotel"},
		{"Takeout of Google Maps", "date:properties.date|" +
			"stars:properties.five_star_rating_published|product:properties.location.name|" +
			"text:properties.review_text_published"},
		{"help desk", "Ticket ID|Ticket created - Date|Ticket subject|" +
			"date:Satisfaction rating date|stars:Satisfaction rating|" +
			"text:Satisfaction comment"},
		{"survey", "Respondent ID|Start Date|stars:How would you rate our service?|" +
			"text:What could we do better?|Response date"},
	} {
		header, want := columnsOf(tt.columns)
		got, _ := GuessColumns(header, nil)
		if got.ID = -1; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", tt.name, got, want)
		}
	}
}

// The id of a person or of a product is not that of the review.
func TestForeignIDs(t *testing.T) {
	for _, name := range []string{"reviewerID", "user_id", "Customer ID", "authorId",
		"product_id"} {
		if c, _ := GuessColumns([]string{name, "review"}, nil); c.ID >= 0 {
			t.Errorf("%q is taken for the review's id", name)
		}
	}
	if c, _ := GuessColumns([]string{"reviewerID", "review_id", "review"}, nil); c.ID != 1 {
		t.Errorf("the id is column %d, want 1", c.ID)
	}
}

// TestColumnsByCells checks what cells decide if names are ambiguous or wrong.
func TestColumnsByCells(t *testing.T) {
	texts := []string{"It works as it should and came early.",
		"The lid leaks, and the handle gets hot.",
		"Better than the old one, which I had for years.",
		"Broke after two days and nobody answers.",
		"My mother uses it every day and is happy.", "Far too loud for a small kitchen like ours."}
	others := []string{"More colours of the lids and the pots.",
		"A lamp for the hall and the stairs.",
		"Spare lids for all of the old kettles.", "Nothing that I can think of right now.",
		"Blue ones, as you had them years ago.", "A book of recipes for the new pot."}
	products := []string{"Copper kettle", "Desk lamp", "Oak table"}
	ratings := []string{"5", "1", "4", "2", "5", "1"}
	titles := []string{"Great", "Awful", "Very good", "Not good", "Great", "Awful"}
	column := func(cells ...string) func(int) string {
		return func(i int) string { return cells[i%len(cells)] }
	}
	number := func(from int) func(int) string {
		return func(i int) string { return strconv.Itoa(from + i) }
	}
	type cells []func(int) string
	for _, tt := range []struct {
		name, columns string
		cells         cells
		unsure        bool
	}{
		{"an empty column has the name", "Review|text:Notes of customers",
			cells{column(""), column(texts...)}, false},
		{"the same on all rows", "text:Review|stars:Rating",
			cells{column("Sent by the form"), column(ratings...)}, true},
		{"the title is a product", "product:title|text:text|stars:stars",
			cells{column(products...), column(texts...), column("5", "1", "4", "2", "3")}, false},
		{"the title is a title", "title:title|text:text|stars:stars",
			cells{column(titles...), column(texts...), column(ratings...)}, false},
		{"the title is missing at times", "title:title|text:text|stars:stars",
			cells{column("\\N", "\\N", "\\N", "\\N", "\\N", "\\N", "Great", "Awful",
				"\\N", "\\N", "Great", "Awful"), column(texts...), column(ratings...)}, false},
		{"a title without a name for it", "title:a-size-base|stars:a-icon-alt|text:review-text",
			cells{column(titles...), column(ratings...), column(texts...)}, false},
		{"a summary longer than the review", "title:Review|text:Summary|stars:Rate",
			cells{column(titles...), column(texts...), column(ratings...)}, true},
		{"counts are no stars", "text:review|quantity|Besuche|a",
			cells{column(texts...), column("1", "2", "3"), column("1", "5", "2"),
				column("1", "2", "3")}, false},
		{"an average is no rating", "text:review|rating|stars:stars",
			cells{column(texts...), column("4.6"), column(ratings...)}, false},
		{"an average of each product",
			"product:Restaurant|Overall Rating|stars:Stars Given|text:Comment",
			cells{column(products...), column("4.2", "3.9", "4.6"), column("5", "1", "4", "2"),
				column(texts...)}, false},
		{"an average of each title", "product:title|overall_rating|stars:rating|text:review",
			cells{column(products...),
				column("4.2", "3.9", "4.6"), column("5", "1", "4", "2"),
				column(texts...)}, false},
		{"overall beside one quality",
			"product:Hotel|stars:Overall rating|Service rating|text:Review",
			cells{column(products...), column("4.5", "3.5", "4", "5"),
				column("4.5", "3.5", "4", "3"), column(texts...)}, false},
		{"a number of each row is no product", "text:review|business_id",
			cells{column(texts...), number(700)}, false},
		{"an identifier of products", "text:review|product:business_id",
			cells{column(texts...), column("7", "8", "9")}, false},
		{"a name beside that of a person", "text:review|product:name|username",
			cells{column(texts...), column(products...), column("Ada N", "Bo L")}, false},
		{"a name beside an author's title", "text:review|product:name|place_id|author_title",
			cells{column(texts...), column("Cafe Nord", "Bar Sud"), column("Ch1x", "Ch2y"),
				column("Ada N", "Bo L")}, false},
		{"a name of a person", "text:review|name",
			cells{column(texts...), column("Ada N", "Bo Lind")}, false},
		{"a date of some rows", "text:review|updated_at",
			cells{column(texts...), column("2024-01-02", "")}, false},
		{"a date of all rows", "text:review|date:updated",
			cells{column(texts...), column("2024-01-02", "2024-02-03")}, false},
		{"numbers of orders in the range of serial days", "Order|text:Review",
			cells{number(45100), column(texts...)}, false},
		{"numbers of bookings in the range of seconds", "Booking|text:Review",
			cells{number(1700000000), column(texts...)}, false},
		{"serial days of changes", "date:Updated|text:Review",
			cells{number(45100), column(texts...)}, false},
		{"numbers of authors", "Posted by|text:Review",
			cells{number(45100), column(texts...)}, false},
		{"a time stamp", "date:ts|text:Review", cells{number(1700000000), column(texts...)}, false},
		{"dates of persons", "Member since|Date of birth|text:Review",
			cells{column("2019-02-03", "2020-02-03"), column("1981-02-03", "1970-02-03"),
				column(texts...)}, false},
		{"a date of the import", "created_at|text:review|date:date",
			cells{column("2024-05-01 09:00:00"), column(texts...),
				column("2024-01-02", "2024-02-03")}, false},
		{"a date of the import beside one that is posted", "imported_at|text:Review|date:Posted on",
			cells{column("2024-05-01 09:00"), column(texts...),
				column("2024-01-02", "2024-02-03")}, false},
		{"a day for all beside that of a survey", "created_at|text:Comment|date:Survey Date",
			cells{column("2024-05-01 09:00"), column(texts...),
				column("2024-01-02", "2024-02-03")}, false},
		{"a day for all beside a zone", "Date|text:Comment|date:Created (UTC)",
			cells{column("2024-05-01 09:00"), column(texts...),
				column("2024-01-02", "2024-02-03")}, false},
		{"a day for all beside one that is received", "created_at|text:Comment|date:Date received",
			cells{column("2024-05-01 09:00"), column(texts...),
				column("2024-01-02", "2024-02-03")}, false},
		{"a day for all beside one of a post", "created_at|text:Comment|date:Post date",
			cells{column("2024-05-01 09:00"), column(texts...),
				column("2024-01-02", "2024-02-03")}, false},
		{"a day for all, in German", "Datum|text:Kommentar|date:Erstellt am",
			cells{column("2024-05-01 09:00"), column(texts...),
				column("2024-01-02", "2024-02-03")}, false},
		{"a day for all, in Dutch", "Datum|text:Opmerking|date:Geplaatst op",
			cells{column("2024-05-01 09:00"), column(texts...),
				column("2024-01-02", "2024-02-03")}, false},
		{"a date of the export", "Review Export Date|text:Review|date:Date",
			cells{column("2024-05-01", "2024-05-02"), column(texts...),
				column("2024-01-02", "2024-02-03")}, false},
		{"a day for all beside that of bookings", "date:created_at|text:Comment|Booking date",
			cells{column("2024-05-01 09:00"), column(texts...),
				column("2024-01-02", "2024-02-03")}, false},
		{"a release", "date:created_at|text:review|Release Date", cells{column("2024-05-01 09:00"),
			column(texts...), column("2024-01-02", "2024-02-03")}, false},
		{"a launch", "date:created_at|text:review|Launch Date", cells{column("2024-05-01 09:00"),
			column(texts...), column("2024-01-02", "2024-02-03")}, false},
		{"reviews of one day", "date:Review Date|text:Review|Date", cells{column("2024-03-04"),
			column(texts...), column("2024-01-02", "2024-02-03")}, false},
		{"reviews of one day, and a release", "date:Review Date|text:Review|Release Date",
			cells{column("2024-03-04"), column(texts...), column("2024-01-02", "2024-02-03")},
			false},
		{"a date of the import, in German", "created_at|text:Kommentar|date:Datum der Bewertung",
			cells{column("2024-05-01 09:00"), column(texts...),
				column("2024-01-02", "2024-02-03")}, false},
		{"one date", "date:created_at|text:review|order_date", cells{column("2024-05-01 09:00"),
			column(texts...), column("2024-01-02", "2024-02-03")}, false},
		{"likely to recommend", "How satisfied are you with delivery?|" +
			"stars:How likely are you to recommend us to a friend?|text:Why?",
			cells{column("5", "3", "4"), column("9", "2", "10", "7"), column(texts...)}, false},
		{"likely, in French", "Êtes-vous satisfait de la livraison ?|" +
			"stars:Quelle est la probabilité que vous nous recommandiez à un ami ?|" +
			"text:Pourquoi ?",
			cells{column("5", "3", "4"), column("9", "2", "10", "7"), column(texts...)}, false},
		{"likely, in Italian", "Quanto è soddisfatto della consegna?|" +
			"stars:Con quale probabilità ci consiglierebbe a un amico?|text:Perché?",
			cells{column("5", "3", "4"), column("9", "2", "10", "7"), column(texts...)}, false},
		{"likely, in Spanish", "¿Está satisfecho con la entrega?|" +
			"stars:¿Qué probabilidad hay de que nos recomiende a un amigo?|text:¿Por qué?",
			cells{column("5", "3", "4"), column("9", "2", "10", "7"), column(texts...)}, false},
		{"likely, in Dutch", "Hoe tevreden bent u over de levering?|" +
			"stars:Hoe waarschijnlijk is het dat u ons zou aanraden?|text:Waarom?",
			cells{column("5", "3", "4"), column("9", "2", "10", "7"), column(texts...)}, false},
		{"likely, in Polish", "Jak oceniasz obsługę naszego sklepu?|" +
			"stars:Czy poleciłbyś nas znajomym?|text:Dlaczego?",
			cells{column("5", "3", "4"), column("9", "2", "10", "7"), column(texts...)}, false},
		{"likely to recommend a product", "stars:How likely are you to recommend our product?|" +
			"Product rating|text:What do you like about our product?",
			cells{column("9", "2", "10", "7"), column("5", "3", "4"), column(texts...)}, false},
		{"likely, with labels",
			"stars:How likely are you to recommend us?|text:Why?",
			cells{column("10 - Extremely likely", "0 - Not at all likely", "8", "7"),
				column(texts...)}, false},
		{"numbers and names of products", "text:Review|product:Product",
			cells{column(texts...), column("1 - Kettle", "2 - Lamp", "5 - Table")}, false},
		{"numbers and labels of something else", "text:Review|Area",
			cells{column(texts...), column("1 - North", "2 - South", "5 - East")}, false},
		{"a rating of all beside it", "How likely are you to recommend us to a friend?|" +
			"stars:Rating|text:Why?",
			cells{column("9", "2", "10", "7"), column("5", "3", "4"), column(texts...)}, false},
		{"a rating of all in German", "Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?|" +
			"stars:Bewertung|text:Kommentar",
			cells{column("9", "2", "10", "7"), column("5", "3", "4"), column(texts...)}, false},
		{"your rating beside it", "How likely are you to recommend us to a friend?|" +
			"stars:Your rating|text:Your comment",
			cells{column("9", "2", "10", "7"), column("5", "3", "4"), column(texts...)}, false},
		{"ratings of one quality beside it", "Food rating|Delivery rating|" +
			"stars:How likely are you to recommend us to a friend?|text:Comment",
			cells{column("5", "3", "4"), column("5", "3", "4"), column("9", "2", "10", "7"),
				column(texts...)}, false},
		{"the total of several qualities", "Comfort|Staff|stars:Total score|text:Comment",
			cells{column("4", "5", "1"), column("3", "4", "5", "2"), column(ratings...),
				column(texts...)}, false},
		{"votes on a post", "text:body|score|subreddit",
			cells{column(texts...), column("1", "2", "1", "5", "1", "3"), column("kettles")},
			false},
		{"votes on a post without its forum", "text:body|score|date:created_utc",
			cells{column(texts...), column("1", "2", "1", "5", "1", "3"), number(1700000000)},
			false},
		{"votes on a post, in other letters", "text:Body|Score|post.Subreddit",
			cells{column(texts...), column("1", "2", "1", "5", "1", "3"), column("kettles")},
			false},
		{"votes on a comment", "text:comment_body|comment_score",
			cells{column(texts...), column("1", "2", "1", "5", "1", "3")}, false},
		{"votes of one way or the other", "text:review|review_score",
			cells{column(texts...), column("1", "1", "1", "-1", "1", "1", "1", "1", "1", "1")},
			false},
		{"the reason of a rating, and another question", "stars:How would you rate your order?|" +
			"text:Why did you give this rating?|What should we add next?",
			cells{column(ratings...), column(texts...), column(others...)}, true},
		{"a rating behind a question", "How would you rate the delivery?|stars:Rating|text:Why?",
			cells{column("4", "2", "5"), column("5", "3", "4"), column(texts...)}, false},
		{"a delivery, all answers the same", "stars:How would you rate the delivery?|text:Why?",
			cells{column("5"), column(texts...)}, false},
		{"a question, all answers the same", "stars:How would you rate us?|text:Why?",
			cells{column("5"), column(texts...)}, false},
		{"recommended or not", "stars:How satisfied are you with delivery?|" +
			"Would you recommend us to a friend?|text:Why?",
			cells{column("5", "3", "4"), column("Yes", "No"), column(texts...)}, false},
		{"overall", "How likely are you to recommend us to a friend?|" +
			"stars:Overall, how satisfied are you?|text:Why?",
			cells{column("9", "2", "10", "7"), column("5", "3", "4"), column(texts...)}, false},
		{"a help desk's ratings", "text:Satisfaction comment|stars:Satisfaction rating|" +
			"Last public comment", cells{column(append(slices.Clone(texts[1:]), "", "")...),
			column("good", "bad", "unoffered", "offered"), column(texts...)}, false},
		{"a survey's answer beside what describes the survey",
			"survey|description|text:response.text|date:response.date",
			cells{column("Guests 2024"), column("Our survey of the guests in summer"),
				column(texts...), column("2024-01-02", "2024-02-03")}, false},
		{"a shop's answer beside a weak name",
			"stars:stars|text:description|response.text|response.author",
			cells{column(ratings...), column(texts...), column("Thank you for this", "", ""),
				column("Ada N", "", "")}, false},
		{"a shop's answer beside a name that is not known",
			"stars:stars|text:blurb|response.text|response.author",
			cells{column(ratings...), column(texts...), column("Thank you for this", "", ""),
				column("Ada N", "", "")}, false},
		{"short cells beside long ones", "text:review|given",
			cells{column("Good", "Bad", "Fine", "Poor", "So so"), column(texts...)}, true},
	} {
		header, want := columnsOf(tt.columns)
		rows := make([][]string, 30)
		for n := range rows {
			for _, cell := range tt.cells {
				rows[n] = append(rows[n], cell(n))
			}
		}
		got, sure := GuessColumns(header, rows)
		if got.ID = -1; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", tt.name, got, want)
		}
		if unsure := sure.Text < 0.6; unsure != tt.unsure {
			t.Errorf("%s: the text is sure to %.2f, want a doubt: %v", tt.name, sure.Text,
				tt.unsure)
		}
	}
}
