package table

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

// Columns named as parts of reviews that are not read are reported.
func TestUnreadIsDoubted(t *testing.T) {
	for _, tt := range []struct{ name, file, text, says string }{
		{"a reply of the shop", "Date,Opinion,Response\n2024-03-01,Great tapas,\n" +
			"2024-03-02,Slow waiter,We are sorry about your bad experience in our place\n" +
			"2024-03-03,Fine,\n", "Opinion", ""},
		{"short pros and cons",
			"rating,pros,cons,comment\n5,Solid,,Love it\n1,,Too heavy,Sent it back\n" +
				"4,Cheap,Handle,\n2,,,Bad lid\n5,,,Great pot\n", "comment",
			`"pros" and "cons" hold texts, too, and were not read`},
		{"lists of reviews", "title,reviews\n" +
			"Kettle of two litres,\"[{'text': 'It broke'}]\"\n" +
			"Lamp of solid oak,\"[{'text': 'Love it'}, {'text': 'Bad'}]\"\n", "title",
			`"reviews" is named like reviews, but holds lists, which were not read`},
		{"an unknown delimiter", "id¦stars¦review\n" +
			strings.Repeat("1¦5¦Great pan, and it lasts\n2¦1¦Broke at once\n", 5),
			"id¦stars¦review", `this looks like columns that are divided by "¦"`},
		{"a dash as delimiter", "review - rating\n" +
			strings.Repeat("Great pan, and it lasts - 5\nBroke at once, well-made or not - 1\n", 5),
			"review - rating", `this looks like columns that are divided by " - "`},
		{"a delimiter of two characters in a short file", "id::stars::review\n" +
			"1::5::Great pan, and it lasts\n2::1::Broke at once: bad lid\n", "id::stars::review",
			`this looks like columns that are divided by "::"`},
		{"the same without names", "1::5::Great pan, and it lasts\n2::1::Broke at once\n" +
			"3::4::Nice pan\n", "", `this looks like columns that are divided by "::"`},
		{"an arrow without names", "1 => 5 => Great pan, and it lasts\n" +
			"2 => 1 => Broke at once\n3 => 4 => Nice pan\n", "",
			`this looks like columns that are divided by " => "`},
		{"a rating before each text", "5 - Great pan\n1 - Broke at once\n4 - Nice pan\n", "",
			`this looks like columns that are divided by " - "`},
		{"numbered texts", "1) Great pan\n2) Broke at once\n3) Nice pan\n", "", ""},
		{"texts with dashes", "All reviews - 2024\n" +
			strings.Repeat("Great pan - I love it\nBroke at once well-made or not\n", 5),
			"", ""},
		{"headings among the rows", "Review,Stars,Date\nKettle,,\n" +
			strings.Repeat("Great pan,5,2024-03-01\n", 6) + "Lamp,,\n" +
			strings.Repeat("It broke,1,2024-03-02\n", 6), "Review",
			`that "Kettle" is a review is a guess: it, like 1 other, is alone in its row`},
		{"a line below the rows", "Review,Stars,Date\n" +
			strings.Repeat("Great pan,5,2024-03-01\n", 12) + "Exported by the shop,,\n", "Review",
			`that "Exported by the shop" is a review is a guess: it is alone in its row, where ` +
				"nearly all rows have more cells; if it is none, delete the row"},
		{"rows that are often empty", "Review,Stars,Date\n" +
			strings.Repeat("Great pan,5,\nIt broke,,2024-03-01\nSo so,,\n", 6), "Review", ""},
		{"letters of Thailand", "review,rating\n" +
			strings.Repeat("\xb4\xd5\xc1\xd2\xa1 \xc3\xa1 \xc1\xd2\xa1,5\n", 6), "review",
			"that letters are written as windows-1252 is a guess"},
		{"a score as it was given", "originalScore,review\n4/5,Great film\nB+,Nice film\n" +
			"2/5,Dull\nA,The best of all\n", "review",
			`"originalScore" is named like ratings, but was not read`},
		{"a score on no scale", "Food score,review\nA,Great film\nB+,Nice film\nC,Dull\n", "review",
			`"Food score" is named like ratings, but was not read: "A" is none`},
		{"zeros among scores", "Food rating,review\n5,Great pan\n0,Bad pan\n1,Broke\n4,Nice pan\n" +
			"0,Never again\n3,Ok\n", "review",
			`"Food rating" is named like ratings, but was not read: "0" is none`},
		{"answers of no scale", "How do you rate the lid?,review\nIt is my favourite,Great pan\n" +
			"I could cry about it,Bad pan\n", "review", `is named like ratings, but was not read`},
		{"points of a programme", "Loyalty points,Comment\n350,Great pan of solid steel\n" +
			"0,Bad pan and a late parcel\n1200,Nice pan\n80,It broke\n", "Comment", ""},
		{"points of a product", "Product points,Comment\n3500,Great pan of solid steel\n" +
			"12.5,Bad pan and a late parcel\n1200,Nice pan\n80,It broke\n", "Comment", ""},
		{"points in words", "Selling points,Comment\n" +
			"Solid steel and oak,Great pan that I use a lot\n" +
			"A lid of glass,Bad pan and it came after two weeks\n", "Comment", ""},
		{"ratings that became dates", "Product rating,Review\n04.05.2024,Great pan\n" +
			"05.05.2024,Bad pan\n", "Review",
			`"Product rating" is named like ratings, but was not read: "04.05.2024" is none`},
		{"labels that are not known", "Product rating,Review\n" +
			"4 out of the many stars,Great pan\n1 out of the many stars,Bad pan\n", "Review",
			`"Product rating" is named like ratings, but was not read: "4 out of`},
		{"the same of one quality", "Delivery rating,Review\n4 of the 5 stars,Great pan\n" +
			"1 of the 5 stars,Bad pan\n", "Review",
			`"Delivery rating" is named like ratings, but was not read: "4 of the 5`},
		{"the same in German", "Bewertung,Kommentar\n4 von den 5 Sternen,Great pan of steel\n" +
			"1 von den 5 Sternen,Bad pan\n", "Kommentar",
			`"Bewertung" is named like ratings, but was not read: "4 von den 5`},
		{"a text named Bewertung", "Bewertung,Kommentar\nI do not like it,Great pan of steel\n" +
			"I have two of them,Bad pan\n", "Kommentar", ""},
		{"labels that say nothing", "Rating,Review\n5 - Far beyond,Great pan\n" +
			"1 - Far below,Bad pan\n3 - As I hoped,Nice pan\n", "Review",
			`that 5 is the best of "Rating" is a guess: nothing tells what "far beyond" means`},
		{"a question with labels", "How likely are you to recommend us?,Comment\n" +
			"5 - Most probably,Great pan\n1 - Hardly,Bad pan\n5 - I will,Nice pan\n", "Comment",
			`"How likely are you to recommend us?" is named like ratings, but was not read`},
		{"a question of yes and no", "Would you recommend us to your friends?,Comment\n" +
			"Yes,Great pan of steel\nNo,Bad pan for soup\nYes,Nice pan\n", "Comment", ""},
		{"an average of one", "average_rating,review\n80,Great pan\n40,Bad pan\n100,Nice pan\n" +
			"20,It broke\n", "review", `"average_rating" may hold ratings, and was not read`},
		{"averages of many", "average_rating,review\n3.87,Great pan\n4.12,Bad pan\n" +
			"4.0,Nice pan\n3.95,It broke\n", "review", ""},
		{"late ratings", "rating,review\n" + strings.Repeat(",Great pan\n,Bad pan\n", 50) +
			"5,Nice pan\n", "review", `"rating" is named like ratings, but was not read: it is ` +
			`empty in the first 100 rows`},
		{"late dates", "date,rating,review\n" +
			strings.Repeat(",5,Great pan\n,1,Bad pan\n", 50) + "2024-03-04,4,Nice pan\n",
			"review", `"date" is named like dates, but was not read`},
		{"no ratings", "rating,review\n" + strings.Repeat(",Great pan\n,Bad pan\n", 60),
			"review", ""},
		{"ratings named like a text", "Feedback,Comment\n5,Great pan\n1,Bad pan\n4,Nice pan\n" +
			"1,It broke\n", "Comment", `"Feedback" may hold ratings, and was not read`},
		{"polarities", "Mood,Comment\nPositive,Great pan\nNegative,Bad pan\n" +
			"Neutral,Nice pan\nNegative,It broke\n", "Comment",
			`"Mood" may hold ratings, and was not read`},
		{"sentiments of a program", "sentiment,Comment\npositive,Great pan\n" +
			"negative,Bad pan\npositive,Nice pan\nnegative,It broke\n", "Comment", ""},
		{"sentiments in Spanish", "Sentimiento,Comentario\npositivo,Great pan\n" +
			"negativo,Bad pan\npositivo,Nice pan\nnegativo,It broke\n", "Comentario", ""},
		{"polarities of a program", "Polarity,Comment\npositive,Great pan\n" +
			"negative,Bad pan\npositive,Nice pan\nnegative,It broke\n", "Comment", ""},
		{"polarities as ratings", "Rating,Comment\nPositive,Great pan\nNegative,Bad pan\n" +
			"Positive,Nice pan\n", "Comment", ""},
		{"replies to other rows", "comment_id,parent_id,content\n11,0,Great pan of steel\n" +
			"12,11,We are glad to hear that\n13,,Bad pan for soup\n", "content",
			`by "parent_id", 1 of the first 3 rows are replies and no reviews`},
		{"parts of a thread", "id,in_reply_to,text\na,a,Great pan of steel\n" +
			"b,b,Bad pan for soup\nc,x,Nice pan of iron\n", "text", ""},
		{"variants of products", "asin,parent_asin,review\nB01,B02,Great pan of steel\n" +
			"B02,B02,Bad pan for soup\nB03,B01,Nice pan of iron\n", "review", ""},
		{"replies of the shop", "author,review\nAnn,Great pan of steel\n" +
			"Shop owner,We are glad to hear that\nBob,Bad pan for soup\n", "review",
			`by "author", 1 of the first 3 rows are replies and no reviews`},
		{"texts over two rows", "id,rating,review\n1,5,Great pan of steel\n,,and the lid fits\n" +
			"2,1,Bad pan for soup\n,,so I sent it back\n", "review",
			`many rows have a text and nothing else, such as "and the lid fits"`},
		{"dates converted in part", "date,review\n" +
			strings.Repeat("2024-03-04,Great pan of steel\n25/03/2024,Bad pan for soup\n", 5),
			"review", `in "date", day and month may be swapped in some dates`},
		{"dates of two kinds", "date,review\n" +
			strings.Repeat("2024-03-14,Great pan of steel\n25/03/2024,Bad pan for soup\n", 5),
			"review", ""},
		{"counts of comments", "comments,review\n5,Great pan\n1,Bad pan\n4,Nice pan\n" +
			"1,It broke\n", "review", ""},
		{"counts of feedback", "Feedback,Comment\n5,Great pan\n0,Bad pan\n4,Nice pan\n" +
			"1,It broke\n", "Comment", ""},
		{"notes on orders", "comment_type,comment_content\norder_note,Order status changed\n" +
			"review,Great pan\nreview,Bad pan\n", "comment_content",
			`by "comment_type", 1 of the first 3 rows are notes on orders and no reviews`},
		{"roles of people", "Role,Feedback\nagent,It broke after two days\n" +
			"manager,I love the lid\n", "Feedback", ""},
		{"messages of both sides", "sender,message\ncustomer,It broke after two days\n" +
			"agent,Please tell us your number\ncustomer,I love the lid\n", "message",
			`by "sender", 1 of the first 3 rows are marked "agent" and no reviews`},
		{"replies in rows of their own", "id,kind,type,text\n1,1,review,It broke after two days\n" +
			"2,1,Reply,We are sorry to hear that\n3,1,review,I love the lid\n", "text",
			`by "type", 1 of the first 3 rows are marked "reply" and no reviews`},
		{"types of a message", "Type of message,text\nreply,It broke after two days\n" +
			"call,I love the lid\n", "text",
			`by "Type of message", 1 of the first 2 rows are marked "reply" and no reviews`},
		{"names of senders", "Sender name,text\ncustomer,It broke after two days\n" +
			"agent,Please tell us your number\n", "text",
			`by "Sender name", 1 of the first 2 rows are marked "agent" and no reviews`},
		{"types of a service", "Type of service,text\nreply,It broke after two days\n" +
			"call,I love the lid\n", "text", ""},
		{"types of customers", "Customer type,text\nagent,It broke after two days\n" +
			"private,I love the lid\n", "text", ""},
		{"directions of a journey", "Flight direction,text\noutbound,It left after two hours\n" +
			"return,I love the crew\n", "text", ""},
		{"types of who is rated", "Feedback type,rating,text\nagent,1,She hung up on me\n" +
			"product,5,I love the lid\nagent,4,He was nice\n", "text", ""},
		{"replies without ratings", "type,rating,text\nreview,1,It broke after two days\n" +
			"reply,,We are sorry to hear that\nreview,4,I love the lid\n", "text",
			`by "type", 1 of the first 3 rows are marked "reply" and no reviews`},
		{"senders in a rated conversation", "sender,rating,message\n" +
			"customer,1,It broke after two days\nagent,1,Please tell us your number\n" +
			"customer,5,I love the lid\n", "message",
			`by "sender", 1 of the first 3 rows are marked "agent" and no reviews`},
		{"owners who rate", "author,rating,review\nOwner,5,I love to drive it\n" +
			"Bob,1,It broke after two days\nOwner,4,A nice car\n", "review", ""},
		{"rows of one type", "type,text\nresponse,It broke after two days\n" +
			"response,I love the lid\n", "text", ""},
		{"answers to several questions", "id,Question,Answer\n1,Why?,It broke after two days\n" +
			"1,Which one?,The blue kettle\n2,Why?,I love the lid\n2,Which one?,The red kettle\n",
			"Answer", `by "Question", the rows answer 2 questions; each answer is read as a ` +
				`review`},
		{"a header of another delimiter", "date;stars;review\n" +
			strings.Repeat("2024-03-01,5,\"Great, and it lasts\"\n", 6), "date;stars;review",
			`the first line looks like names of columns that are divided by ";"`},
		{"merged cells of few rows each", "Product,Review\n" + strings.Repeat("Kettle,Great pan\n"+
			",Bad\n,So so\nLamp,Bright\n,Dull\n,Broke\n", 2), "Review",
			`"Product" is empty on 8 of the first 12 rows`},
		{"products of some rows", "Product,Review\n" + strings.Repeat("Kettle,Great pan\n"+
			",Bad\n,So so\nKettle,Bright\n,Dull\n,Broke\n", 2), "Review", ""},
		{"merged cells of products", "Product,Review\nKettle,Great pan\n,Bad\n" +
			strings.Repeat(",Nice so far\n", 7) + "Lamp,Bright\n,Dull\n", "Review",
			`"Product" is empty on 9 of the first 11 rows`},
		{"ratings in lists", "rating,review\n['4.0 out of 5'],Great pan\n" +
			"['2.0 out of 5'],Bad pan\n", "review",
			`"rating" is named like ratings, but was not read`},
		{"zeros among ratings", "rating,review\n5,Great pan\n0,Bad pan\n1,Broke\n4,Nice pan\n" +
			"0,Never again\n3,Ok\n", "review",
			`"rating" is named like ratings, but was not read: "0" is none`},
		{"dates that nobody reads",
			"Date,Rating,Review\n01-MAR-24 01.00.05.000000 PM,5,Great pan\n" +
				"02-MAR-24 01.00.05.000000 PM,1,Bad pan\n03-MAR-24 01.00.05.000000 PM,4,Nice pan\n",
			"Review",
			`"Date" is named like dates, but was not read: "01-MAR-24`},
		{"dates of a country that puts the day first",
			"Fecha,Reseña\n03/04/2024,Love it so much\n01/02/2024,Broke\n05/01/2024,Fine\n",
			"Reseña", `that the day comes first in "Fecha" is a guess`},
		{"dates in an object called data",
			`{"data":{"created_at":"03/04/2024","review":"Love it so much"}}` + "\n" +
				`{"data":{"created_at":"01/02/2024","review":"Broke at once"}}` + "\n",
			"data.review", `that the month comes first in "data.created_at" is a guess`},
		{"a time in an object called data",
			`{"data":{"datetime":"03/04/2024","review":"Love it so much"}}` + "\n" +
				`{"data":{"datetime":"01/02/2024","review":"Broke at once"}}` + "\n",
			"data.review", `that the month comes first in "data.datetime" is a guess`},
		{"a name that is not known in an object called data",
			`{"data":{"moment":"03/04/2024","review":"Love it so much"}}` + "\n" +
				`{"data":{"moment":"01/02/2024","review":"Broke at once"}}` + "\n",
			"data.review", `that the month comes first in "data.moment" is a guess`},
		{"one member in an object called data",
			`{"data":{"datetime":"03/04/2024"},"review":"Love it so much"}` + "\n" +
				`{"data":{"datetime":"01/02/2024"},"review":"Broke at once"}` + "\n",
			"review", `that the month comes first in "data.datetime" is a guess`},
		{"dates of data", "Data Date,Review\n03/04/2024,Love it so much\n01/02/2024,Broke\n",
			"Review", `that the month comes first in "Data Date" is a guess`},
		{"dates of Italy", "Data recensione,Recensione\n03/04/2024,Love it so much\n" +
			"01/02/2024,Broke\n", "Recensione",
			`that the day comes first in "Data recensione" is a guess`},
		{"dates far ahead", "Date,Rating,Review\n2091-03-01,5,Great pan\n2091-03-02,1,Bad pan\n",
			"Review", `that "Date" holds dates of reviews is a guess: it goes to 2091-03-02`},
		{"years of Thailand", "Date,Rating,Review\n13/01/67,5,Great pan\n12/02/67,1,Bad pan\n",
			"Review", `that the years of "Date" are those of Thailand is a guess`},
		{"a description that is longer", "product,description,review,stars\n" +
			"Kettle,Steel kettle of two litres with a long cable and a lid,Broke fast,1\n" +
			"Lamp,Bright lamp with a foot of solid oak and one bulb,Love it,5\n", "review",
			`that "review" holds the reviews is a guess`},
		{"small numbers of no known name", "Group,Review\n5,Love it so much\n1,Broke at once\n" +
			"3,Great fun\n", "Review", `that "Group" holds ratings is a guess`},
		{"small numbers in three columns", "Lid,Cover,Base,Review\n5,1,2,Love it so much\n" +
			"1,5,4,Broke at once\n3,4,1,Great fun\n", "Review", `that "Lid" holds ratings is a ` +
			`guess by its cells; "Cover" and "Base" may as well`},
		{"ratings of parts", "Food rating,Service rating,Review\n5,1,Love the soup so much\n" +
			"1,5,Cold and late\n3,4,Great fun\n", "Review", `that "Food rating" holds the ` +
			`ratings is a guess; "Service rating" may as well`},
		{"the rating of the whole, and one of a part", "Rating,Food rating,Review\n" +
			"5,1,Love the soup so much\n1,5,Cold and late\n3,4,Great fun\n", "Review", ""},
		{"the same ratings twice", "Stars,Rating,Review\n5,5,Love the soup so much\n" +
			"1,1,Cold and late\n3,3,Great fun\n", "Review", ""},
		{"widths of stars of no known name", "Group,Review\n100,Love it so much\n" +
			"20,Broke at once\n60,Great fun\n", "Review", `that "Group" holds ratings is a guess`},
		{"two tables of reviews", "Product,Stars,Review\n" +
			strings.Repeat("Kettle,1,It leaks\nLamp,5,Love it so much\n", 3) +
			"Date,Name,Comment,Rating\n" +
			strings.Repeat("2024-01-13,Ann,It came late,2\n2024-02-14,Bob,Quick answers,5\n", 4),
			"Comment",
			`the table that begins in line 1 (columns are Product, Stars, Review) holds`},
		{"two tables of one width", "Product,Stars,Review\n" +
			strings.Repeat("Kettle,1,It leaks\nLamp,5,Love it so much\n", 6) +
			"Comment,Rating,Date\n" + strings.Repeat("It came late,2,2024-01-13\n", 4),
			"Review", `the table that begins in line 14 (columns are Comment, Rating, Date) holds`},
		{"two tables of one width, below an empty row", "Product,Stars,Review\n" +
			strings.Repeat("Kettle,1,It leaks\nLamp,5,Love it so much\n", 6) + ",,\n" +
			"Note,Stars,Day\n" + strings.Repeat("It came late,2,2024-01-13\n", 4),
			"Review", `the table that begins in line 15 (columns are Note, Stars, Day) holds`},
		{"rows of several widths", "id,stars,review\n1,5,Great pan\n2,1,Broke, and late\n" +
			"3,4\n4,2,a,b,c\n5,3,Nice, too\n", "",
			"row 2 has 4, and not 3; the delimiter or a quote may have been misread: if so, "},
		{"answers to two questions", "When,What did you like most?,What could be improved?\n" +
			"2024-01-05,The battery lasts for days,More colours would be nice\n" +
			"2024-01-06,The screen is bright,The manual is too short\n" +
			"2024-01-07,Nothing really to be honest,It stopped working\n",
			"What did you like most?",
			`"What did you like most?" and "What could be improved?" hold the reviews is a guess`},
		{"answers to an open question", "id,What did you like?,Other comments\n" +
			"1,The battery lasts for days,More colours please\n" +
			"2,The screen is bright,The manual is too short\n" +
			"3,Nothing really to be honest,It stopped working\n", "Other comments",
			`that "Other comments" holds the reviews is a guess, "What did you like?" may as well`},
		{"comments on two aspects", "stars,Comment on price,Comment on support\n" +
			"5,It was cheaper than all others,They answered within the hour\n" +
			"1,Far too much for what it is,Nobody ever called me back\n" +
			"3,About what the others ask,It took them three days\n", "Comment on support",
			`"Comment on support" holds the reviews is a guess, "Comment on price" may as well`},
		{"dates and links beside answers", "Started,Link,What do you like most?," +
			"How can we improve?\n" +
			"01/02/2024 11:10:01 PM,https://a.example/of/1,The screen is bright,It is too short\n" +
			"01/13/2024 11:10:02 PM,https://a.example/of/2,The lid fits well,Mend the handle\n" +
			"01/14/2024 11:10:03 PM,https://a.example/of/3,It was not dear,It came too late\n",
			"What do you like most?", `"How can we improve?" hold the reviews is a guess; columns`},
		{"columns of aspects", "stars,Quality,Delivery,Price\n" +
			"5,Great pan of solid steel,They brought it within the hour,Cheaper than all others\n" +
			"1,Far too thin and it broke,Nobody ever came to my door,Far too much for it\n" +
			"3,About what the others are,It took them three days,About what others ask\n",
			"Delivery", `that "Delivery" holds the reviews is a guess, "Quality" may as well`},
		{"an address beside an unnamed text", "stars,Q1,City\n" +
			"5,They brought it within the hour,New York\n" +
			"1,Nobody ever came to my door,San Diego\n" +
			"3,It took them three days or more,Salt Lake City\n", "Q1", ""},
		{"a comment and that of a manager", "stars,Comment,Manager comment\n" +
			"5,They answered at once,Thank you for your kind words\n" +
			"1,Nobody ever called me back,We are very sorry to hear that\n" +
			"3,It took them three days,We hope to see you again soon\n", "Comment",
			`that "Comment" holds the reviews is a guess, "Manager comment" may as well`},
		{"a comment and its translation", "stars,Comment,Comment (English)\n" +
			"5,Der Topf ist sehr gut verarbeitet,The pot is very well made I think\n" +
			"1,Leider nach zwei Wochen kaputt,Unfortunately broken after just two weeks\n" +
			"3,Die Lieferung kam viel zu spät,The delivery to me arrived far too late\n",
			"Comment (English)", ""},
		{"a comment and its place", "stars,Comment,Comment location\n" +
			"5,They answered within the hour,Rome\n1,Nobody ever called me back,Oslo\n" +
			"3,It took them three days,Paris\n", "Comment", ""},
		{"grades of a German name", "Gesamtnote,Rezension\n1,Love it so much\n5,Broke\n",
			"Rezension", `"Gesamtnote" goes from 6 to 1, the best is a guess`},
		{"grades of an explained name", "Rating (1 = splendid; 5 = ghastly),Review\n" +
			"1,Love it so much\n5,Broke\n", "Review", `its name says "splendid" of 1`},
		{"the highest Note is 6", "Note,Kommentar\n6,Love it so much\n1,Broke\n5,Nice\n",
			"Kommentar", `that 1 is the best of "Note" is a guess`},
		{"Schulnote without a 6", "Schulnote,Kommentar\n1,Love it so much\n5,Broke\n", "Kommentar",
			`"Schulnote" goes from 6 to 1, the best is a guess`},
		{"words that nobody reads", "Bewertung,Rezension\n◎,Love it so much\n×,Broke\n",
			"Rezension", `"Bewertung" is named like ratings, but was not read: "◎" is none`},
		{"a scale in the name", "Rating (max 5),Review\n18,Love it so much\n4,Broke at once\n",
			"Review", `is named like ratings, but was not read: "18" is none`},
		{"no best word", "Note,Avis\nTrès bien,Love it so much\nBien,Good kettle\n" +
			"Moyen,It is ok\nMauvais,Broke\n", "Avis",
			`that "très bien" is the best of "Note" is a guess: "excellent" does not occur`},
		{"an encoding", "id,review\n1,Fine ma\xb3y kettle, I love it\n2,Broke at once\n",
			"review", `that letters are written as windows-1250 is a guess: they read as "mały"`},
		{"an encoding of Czech", "id,review\n1,Super koup\xec\n2,Nic moc\n", "review",
			`that letters are written as windows-1252 is a guess: they read as "koupì"`},
		{"an encoding that a name settles", "Tre\x9c\xe6 opinii;Ocena\nLove it so much;5\n" +
			"Broke at once;1\n", "Treść opinii", ""},
		{"names of a language that is new", "Antraštė,Dojmovi\nGreat,It is a lovely kettle\n" +
			"Bad,It broke after a week or two\nFine,It does its job and no more\n" +
			"Great,My mother loves it so much\n", "",
			`that no row names the columns is a guess: the first one is ["Antraštė" "Dojmovi"]`},
		{"a name of a language that is new", "Dojmovi\n" + strings.Repeat("It is a lovely kettle\n"+
			"It broke after a week or two\nIt does its job and no more\n", 4), "",
			`that no row names the columns is a guess: the first one is ["Dojmovi"]`},
		{"grades or stars", "Note,Rezension\n1,Love it so much\n5,Broke\n", "Rezension",
			`that 5 is the best of "Note" is a guess`},
		{"low answers of the net promoter score", "NPS,Comment\n5,It is ok\n3,It broke\n",
			"Comment", `that "NPS" goes from 0 to 10 is a guess`},
		{"marks of twenty", "Note,Avis\n18,Rapide et bien\n4,En panne\n", "Avis",
			`that "Note" goes from 1 to 20 is a guess`},
		{"a rating of no scale", "Rating,Review\n18,Love it so much\n4,Broke at once\n", "Review",
			`"Rating" is named like ratings, but was not read: "18" is none`},
		{"no five in thirty",
			"Rating,Review\n" + strings.Repeat("4,Love it\n1,Broke\n2,Bad lid\n", 10), "Review",
			`that "Rating" goes from 1 to 5 is a guess: the highest rating is 4`},
	} {
		r, err := Open(t.Context(), strings.NewReader(tt.file), int64(len(tt.file)), Options{})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := r.Name(r.Columns.Text); tt.text != "" && got != `"`+tt.text+`"` {
			t.Errorf("%s: the text is %s", tt.name, got)
		}
		doubt := ""
		for _, d := range r.Doubts() {
			doubt += d.Detail + "\n"
		}
		if !strings.Contains(doubt, tt.says) || tt.says == "" && doubt != "" {
			t.Errorf("%s: doubts are %q, want %q", tt.name, doubt, tt.says)
		}
	}
}

// Lists in a column named as the text are read as one text each, which is reported.
func TestListsAsTexts(t *testing.T) {
	file := `{"n":1,"answers":["It broke","It leaks"]}` + "\n" + `{"n":2,"answers":["Fine"]}` + "\n"
	r, err := Open(t.Context(), strings.NewReader(file), int64(len(file)), Options{Text: "answers"})
	if err != nil {
		t.Fatal(err)
	}
	doubts := r.Doubts()
	if len(doubts) != 1 || !strings.Contains(doubts[0].Detail, `"answers" holds lists`) {
		t.Errorf("%+v, want a doubt about lists", doubts)
	}
	file = "review\n[Sent by Ada]\n[Sent by Bo]\n"
	r, err = Open(t.Context(), strings.NewReader(file), int64(len(file)), Options{Text: "review"})
	if err != nil || len(r.Doubts()) > 0 {
		t.Errorf("texts in brackets: %v, %+v", err, r.Doubts())
	}
}

// An option is only named if it helps.
func TestUnreadOption(t *testing.T) {
	for file, want := range map[string]string{
		"Rating,Review\n5,Great pan\n0,Bad pan\n1,Broke\n4,Nice pan\n0,No\n3,Ok\n": "stars",
		"Rating,Review\nA,Great pan\nC,Bad pan\nB,Broke\n":                         "",
		"Date,Review\nnoon,Great pan\nlate,Bad pan\ndawn,Broke\n":                  "",
	} {
		open := func(options Options) (*Reading, []Doubt) {
			r, err := Open(t.Context(), strings.NewReader(file), int64(len(file)), options)
			if err != nil {
				t.Fatal(err)
			}
			return r, r.Doubts()
		}
		_, doubts := open(Options{})
		if len(doubts) != 1 || doubts[0].Option != want ||
			want == "" && !strings.Contains(doubts[0].Detail, `give "-" for`) {
			t.Errorf("%q: %+v, want the option %q", file, doubts, want)
		}
		options := Options{Stars: "-", Date: "-"}
		if want != "" {
			options = Options{Stars: "Rating"}
		}
		if r, doubts := open(options); len(doubts) > 0 || r.Columns.Stars >= 0 != (want != "") {
			t.Errorf("%q: %+v with what settles it, %+v", file, doubts, r.Columns)
		}
	}
}

// The letters of the languages that Windows-1252 is mostly used for cause no doubt.
func TestWesternEncodings(t *testing.T) {
	for _, texts := range []string{
		"però la consegna è stata lenta\ncosì lo rendo subito\n",
		"PERÒ È LENTO\nCOSÌ COSÌ, PIÙ NO\n",
		"buona qualità, però\nva bene\n", "això és molt còmode i fàcil\nllàstima\n",
		"TRÈS BIEN, À NOËL OÙ JE VEUX\ndéçu\n", "trop grand pour ma mère, sûr\nRÔTI BRÛLÉ\n",
		"Für den Preis schön groß\nÜBEL\n",
	} {
		in := must(charmap.Windows1252.NewEncoder().String("recensione\n" + texts))
		r, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if doubt := r.doubtEncoding(); doubt != "" || r.Dialect.Encoding != Windows1252 {
			t.Errorf("%q: %s, %s", texts, r.Dialect.Encoding, doubt)
		}
	}
}

// The first review of a list is not a name if it is as short as others, or if there are few.
func TestShortFirstReview(t *testing.T) {
	const long = "It is quiet and fast and I like it a lot\nIt broke at once, two days old\n"
	for _, in := range []string{"Love it\n" + long + long, "Love it!\n" + strings.Repeat(long, 8),
		"Love it\n" + strings.Repeat(long, 8) + "Meh\n"} {
		r, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if doubt := r.doubtHeader(); doubt != "" || r.Dialect.Header {
			t.Errorf("%.60q: %q, a header: %v", in, doubt, r.Dialect.Header)
		}
	}
}

// A first line that ends as a sentence is a review, even one of words that name columns; without an
// end it is doubtful.
func TestFirstReviewOfWords(t *testing.T) {
	const rest = "\nIt crashes when I open it twice in a row.\nFive stars from me, great fun.\n" +
		"Do not buy this, it broke.\nIt came late.\n"
	for first, want := range map[string]struct{ header, doubt bool }{
		"Useful app.": {}, "Satisfied with the product.": {}, "Quality product!": {},
		"Liked the product": {true, true}, "Quality product": {true, true},
		"Review": {true, false}, "Review text": {true, false}, "customer_comment": {true, false},
		"Your comment": {true, false}, "How was your stay?": {true, false},
	} {
		in := first + rest
		r, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		doubt := r.doubtHeader()
		if r.Dialect.Header != want.header || (doubt != "") != want.doubt {
			t.Errorf("%s: a header %t, doubt %q", first, r.Dialect.Header, doubt)
		}
	}
}

// Commas in the texts of a single column do not divide it, whatever its name; those behind R's
// numbers of rows do.
func TestCommasInTexts(t *testing.T) {
	texts := []string{"Great sound, poor battery", "Nice colour, but it scratches",
		"Fast delivery, well packed", "I like it, my wife does not", "Good, not great",
		"Solid, heavy and loud", "Works well, so far"}
	for _, name := range []string{"Review", "Comments", "How was your stay?"} {
		in := name + "\n" + strings.Join(texts, "\n") + "\n"
		r, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Names) != 1 || r.Names[0] != name || !slices.Equal(r.Head[0], texts[:1]) {
			t.Errorf("%s: names %q, first row %q", name, r.Names, r.Head[0])
		}
	}
	in := "Review\n"
	for i, text := range texts {
		in += fmt.Sprintf("%d,%s\n", i+1, strings.ReplaceAll(text, ",", ""))
	}
	r, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Names) != 2 || r.Columns.Text != 1 {
		t.Errorf("numbered rows: names %q, text %d", r.Names, r.Columns.Text)
	}
}

// Lines of a copied page are reported as not being reviews; a list of reviews is not.
func TestCopiedPage(t *testing.T) {
	page, list, short, rated := "", "", "", ""
	for i := range 12 {
		text := fmt.Sprintf("The kettle of day %d works well for us.\n", i)
		page += fmt.Sprintf("Ada N\n2 reviews\nJan %d, 2024\n%s\nVerified Purchase\nHelpful\n", i+1,
			text)
		list += text + "- Ada N\n\n"
		short += text + "Good\n5\nGreat\n"
		rated += fmt.Sprintf("%d/5 - 2024-01-%02d\n%s\n", i%5+1, i+1, text)
	}
	for in, want := range map[string]bool{page: true, list: false,
		strings.ReplaceAll(short, "5\n", ""): false, short: true, rated: true} {
		r, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if doubt := r.doubtPage(); (doubt != "") != want {
			t.Errorf("%.60q: %q", in, doubt)
		}
	}
}

// Rows in columns of spaces and texts that are broken over lines are reported; texts are not.
func TestLinesThatAreNoReviews(t *testing.T) {
	left, right, broken, wide, small, blocks := "", "", "", "", "", ""
	for i := range 12 {
		n := strings.Repeat("very ", i%4)
		left += fmt.Sprintf("%-4d  %-26s  2024-03-%02d\n", i, n+"good", i+1)
		right += fmt.Sprintf("%-4d %6d  %26s  2024-03-%02d\n", i, i%5+1, n+"good", i+1)
		broken += "This kettle works as well as the one that I\nbought years ago, and it " + n +
			"often is as quiet as\nI had hoped.\n\n"
		wide += n + "it works  well.  I like " + n + "it  a lot.\n"
		small += "works " + n + n + "well for me\n"
		blocks += "It works " + n + "well for me.\nThe cable is short.\n\n"
	}
	for in, want := range map[string]string{
		left: "columns of spaces", right: "columns of spaces", broken: "broken over", wide: "",
		small: "", blocks: "broken over", strings.ReplaceAll(blocks, "\n\n", "\n"): "",
		strings.ReplaceAll(small, "\n", "\n\n"):           "",
		strings.ReplaceAll(small, "\n", "\r\r\n"):         "",
		strings.Repeat(strings.Repeat(small, 2)+"\n", 4):  "",
		"id    review                      date\n" + left: "columns of spaces",
	} {
		r, err := Open(t.Context(), strings.NewReader(in), int64(len(in)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		doubt := r.doubtLines()
		if !strings.Contains(doubt, want) || (doubt == "") != (want == "") {
			t.Errorf("%.60q: %q, want %q", in, doubt, want)
		}
	}
}

// A search score is not a rating.
func TestSearchScore(t *testing.T) {
	c, _ := GuessColumns([]string{"_id", "_score", "_source.rating", "_source.review"}, [][]string{
		{"1", "1.0", "5", "Great pan"}, {"2", "1.0", "1", "Bad pan"}, {"3", "1.0", "4", "Nice pan"},
	})
	if c.Stars != 2 || c.Text != 3 {
		t.Errorf("columns = %+v", c)
	}
}
