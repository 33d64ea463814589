package table

import "testing"

// TestColumnsByName holds the roles of the headers of real exports, by their names alone.
func TestColumnsByName(t *testing.T) {
	for _, tt := range []struct {
		name                              string
		header                            []string
		text, title, stars, date, product string
	}{
		{"Google Play", []string{"reviewId", "userName", "userImage", "content", "score", "thumbsUpCount", "reviewCreatedVersion", "at", "replyContent", "repliedAt", "appVersion"},
			"content", "", "score", "at", ""},
		{"Datafiniti", []string{"id", "dateAdded", "dateUpdated", "name", "asins", "brand", "categories", "keys", "manufacturer", "reviews.date", "reviews.dateSeen", "reviews.doRecommend", "reviews.numHelpful", "reviews.rating", "reviews.sourceURLs", "reviews.text", "reviews.title", "reviews.username"},
			"reviews.text", "reviews.title", "reviews.rating", "reviews.date", "asins"},
		{"WooCommerce", []string{"comment_ID", "comment_post_ID", "comment_author", "comment_author_email", "comment_author_IP", "comment_date", "comment_date_gmt", "comment_content", "comment_approved", "comment_parent", "rating", "verified", "product_title"},
			"comment_content", "", "rating", "comment_date", "product_title"},
		{"Judge.me", []string{"title", "body", "rating", "review_date", "source", "curated", "reviewer_name", "reviewer_email", "product_id", "product_handle", "reply", "reply_date", "picture_urls", "ip_address"},
			"body", "title", "rating", "review_date", "product_id"},
		{"Yotpo", []string{"Review ID", "Review Score", "Review Title", "Review Content", "Review Creation Date", "Product Title", "Product ID", "Review Status"},
			"Review Content", "Review Title", "Review Score", "Review Creation Date", "Product Title"},
		{"replies beside reviews", []string{"Date", "Rating", "Customer Review", "Response"}, "Customer Review", "", "Rating", "Date", ""},
		{"amazon_us_reviews", []string{"marketplace", "customer_id", "review_id", "product_id", "product_parent", "product_title", "product_category", "star_rating", "helpful_votes", "total_votes", "vine", "verified_purchase", "review_headline", "review_body", "review_date"},
			"review_body", "review_headline", "star_rating", "review_date", "product_title"},
		{"German", []string{"Datum", "Produkt", "Sterne", "Titel", "Kommentar"}, "Kommentar", "Titel", "Sterne", "Datum", "Produkt"},
		{"French", []string{"Date de l'avis", "Note", "Titre de l'avis", "Avis", "Produit"}, "Avis", "Titre de l'avis", "Note", "Date de l'avis", "Produit"},
		{"Spanish", []string{"Fecha", "Producto", "Puntuación", "Título", "Reseña"}, "Reseña", "Título", "Puntuación", "Fecha", "Producto"},
		{"Italian", []string{"Data", "Prodotto", "Voto", "Titolo", "Recensione"}, "Recensione", "Titolo", "Voto", "Data", "Prodotto"},
		{"Portuguese", []string{"Data", "Produto", "Nota", "Título", "Comentário"}, "Comentário", "Título", "Nota", "Data", "Produto"},
		{"Chinese", []string{"日期", "商品", "星级", "标题", "评论内容"}, "评论内容", "标题", "星级", "日期", "商品"},
		{"Japanese", []string{"投稿日", "商品名", "評価", "タイトル", "レビュー本文"}, "レビュー本文", "タイトル", "評価", "投稿日", "商品名"},
		{"Korean", []string{"작성일", "상품", "별점", "제목", "리뷰"}, "리뷰", "제목", "별점", "작성일", "상품"},
		{"Russian", []string{"Дата", "Товар", "Оценка", "Заголовок", "Отзыв"}, "Отзыв", "Заголовок", "Оценка", "Дата", "Товар"},
	} {
		c, _ := GuessColumns(tt.header, nil)
		name := func(i int) string {
			if i < 0 {
				return ""
			}
			return tt.header[i]
		}
		for role, pair := range map[string][2]string{"text": {name(c.Text), tt.text}, "title": {name(c.Title), tt.title}, "stars": {name(c.Stars), tt.stars},
			"date": {name(c.Date), tt.date}, "product": {name(c.Product), tt.product}} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %s is %q, want %q", tt.name, role, pair[0], pair[1])
			}
		}
	}
}

// The id of a person or of a product is not that of the review.
func TestForeignIDs(t *testing.T) {
	for _, name := range []string{"reviewerID", "user_id", "Customer ID", "authorId", "product_id"} {
		if c, _ := GuessColumns([]string{name, "review"}, nil); c.ID >= 0 {
			t.Errorf("%q is taken for the review's id", name)
		}
	}
	if c, _ := GuessColumns([]string{"reviewerID", "review_id", "review"}, nil); c.ID != 1 {
		t.Errorf("the id is column %d, want 1", c.ID)
	}
}
