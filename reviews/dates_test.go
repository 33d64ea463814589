package reviews

import (
	"testing"
	"time"
)

func TestDates(t *testing.T) {
	for _, tt := range []struct {
		cell     string
		dayFirst bool
		want     string // "" for no date
	}{
		{"2024-03-04", false, "2024-03-04"},
		{" 2024/3/4 ", true, "2024-03-04"},
		{"2024-03-04T23:59:59Z", false, "2024-03-04"},
		{"2024-03-04 08:00:00.000", false, "2024-03-04"},
		{"3/4/2024", false, "2024-03-04"},
		{"3/4/2024", true, "2024-04-03"},
		{"13/4/2024", false, "2024-04-13"},
		{"4/13/2024", true, "2024-04-13"},
		{"04.03.24", true, "2024-03-04"},
		{"3/4/99 10:15", false, "1999-03-04"},
		{"20240304", false, "2024-03-04"},
		{"03 4, 2024", false, "2024-03-04"},
		{"March 4, 2024", true, "2024-03-04"},
		{"4 Mar 2024", false, "2024-03-04"},
		{"4. MARCH 2024, 10:30", false, "2024-03-04"},
		{"2024 mar 4", false, "2024-03-04"},
		{"4-Mar-24", false, "2024-03-04"},
		{"Mar 4 '99", false, "1999-03-04"},
		{"Sept 2024", false, "2024-09-01"},
		{"2024-09", false, "2024-09-01"},
		{"Reviewed in the United States on February 29, 2024", false, "2024-02-29"},
		{"1709510400", false, "2024-03-04"},
		{"/Date(1709510400000)/", false, "2024-03-04"},
		{"/Date(1709510400000+0100)/", false, "2024-03-04"},
		{"/Date()/", false, ""},
		{"20240304T141638Z", false, "2024-03-04"},
		{"20240304T1416", false, "2024-03-04"},
		{"20240304 14:16:38", false, "2024-03-04"},
		{"20240304 14", false, ""},
		{"20240304141638123", false, "2024-03-04"},
		{"20241304141638123", false, ""},
		{"45355,25", false, "2024-03-04"},
		{"45355,2x", false, ""},
		{"04/Mar/2024:14:16:38 +0000", false, "2024-03-04"},
		{"1709510400123", false, "2024-03-04"},
		{"1970-01-02", false, "1970-01-02"},
		{"1970-01-01", false, ""}, {"1970-01-01T00:00:00Z", false, ""},
		{"2148-12-31", false, "2148-12-31"},
		{"February 30, 2024", false, ""},
		{"30/30/2024", false, ""},
		{"31.04.2024", true, ""},
		{"2023-02-29", false, ""},
		{"9999999999", false, ""},
		{"9999999999999", false, ""},
		{"1969-12-31", false, ""},
		{"2149-06-08", false, ""},
		{"", false, ""},
		{"5", false, ""},
		{"yesterday", false, ""},
		{"123-456-7890", false, ""},
		{"99999999999999999999", false, ""},
		{"10.0.0.1", false, ""},
		{"4.17.10", false, ""},
		{"4.17.10", true, ""},
		{"5.12.21.2", true, ""},
		{"v4.1.2024", false, ""},
		{"2 weeks ago", false, ""},
		{"a month ago", false, ""},
		{"14:16:38", false, ""},
		{"5 out of 5", false, ""},
		{"5,0 von 5 Sternen", false, ""},
		{"05-May", false, ""},
		{"+49 30 123 4567", false, ""},
		{"555-12-2024-7", false, ""},
		{"12345", false, ""},
		{"Mon Jan 10 2024 14:16:38 GMT+0000 (GMT)", false, "2024-01-10"},
		{"Mon Jan 15 14:16:38 +0000 2024", false, "2024-01-15"},
		{"Mon Jan 15 14:16:38 2024", false, "2024-01-15"},
		{"2024/01/15 10:00:00 AM GMT+1", false, "2024-01-15"},
		{"2024-01-15T10:00:00.123+02:00", false, "2024-01-15"},
		{"2024-01-10 10:00:00 UTC", false, "2024-01-10"},
		{"14:16 15/01/2024", false, "2024-01-15"},
		{"Rezension aus Deutschland vom 5. März 2023", false, "2023-03-05"},
		{"Commenté en France le 14 août 2022", false, "2022-08-14"},
		{"Revisado en España el 3 de septiembre de 2021", false, "2021-09-03"},
		{"Avaliado no Brasil em 7 de dezembro de 2020", false, "2020-12-07"},
		{"Recensito in Italia il 2 giugno 2023", false, "2023-06-02"},
		{"Beoordeeld in Nederland op 1 mei 2023", false, "2023-05-01"},
		{"Recenserad i Sverige den 9 oktober 2022", false, "2022-10-09"},
		{"Opinia z Polski 11 października 2022", false, "2022-10-11"},
		{"2023年1月5日に日本でレビュー済み", false, "2023-01-05"},
		{"2024년 3월 5일", false, "2024-03-05"},
		{"2024. 3. 5.", false, "2024-03-05"},
		{"5 ОКТЯБРЯ 2023 г.", false, "2023-10-05"},
		{"1709510400.0", false, "2024-03-04"},
		{"1709510400123.0", false, "2024-03-04"},
		{"1.70951E+12", false, "2024-03-03"},
		{"1709510400123456", false, "2024-03-04"},
		{"1709510400123456789", false, "2024-03-04"},
		{"20240304141638", false, "2024-03-04"},
		{"45355", false, "2024-03-04"},
		{"45355.75", false, "2024-03-04"},
		{"2024.03.04", false, "2024-03-04"},
		{"1/5 2024-01", false, ""},
		{"mar. 4 avr. 2024", false, "2024-04-04"},
		{"mar, 4 abr 2024", false, "2024-04-04"},
		{"mar 4 apr 2024", false, "2024-04-04"},
		{"Mar. 4 iun. 24", false, "2024-06-04"},
		{"mar. 5 mars 2024", false, "2024-03-05"},
		{"mar 5 mar 2024", false, "2024-03-05"},
		{"mar. 04/06/2024", true, "2024-06-04"},
		{"mar. 04/06/2024", false, "2024-04-06"},
		{"mar 4.6.2024", true, "2024-06-04"},
		{"mar. 2024-06-04", false, "2024-06-04"},
		{"04/06/2024 (mar.)", true, "2024-06-04"},
		{"Mar 4, 2024 by May", false, "2024-03-04"},
		{"Mar 2024, April", false, "2024-03-01"},
		{"Mar 4 - Apr 5, 2024", false, "2024-03-04"},
		{"Mar 4-5, 2024", false, "2024-03-04"},
		{"May 14-16, 2024", false, "2024-05-14"},
		{"14.-16. Mai 2024", false, "2024-05-14"},
		{"2024 May 14-16", false, "2024-05-14"},
		{"Tue Mar 5 14:16:38 2024", false, "2024-03-05"},
		{"Check-out: March 4, 2024", false, "2024-03-04"},
		{"Check-out 4 March 2024", false, "2024-03-04"},
		{"Check-out: 04/03/2024", true, "2024-03-04"},
		{"Check-out: 2024-03", false, "2024-03-01"},
		{"Reviewed by Jan on 4 March 2024", false, "2024-03-04"},
		{"Reviewed by Jan, 4 March 2024", false, "2024-03-04"},
		{"By April on June 14, 2015", false, "2015-06-14"},
		{"4th of March, 2024, by June", false, "2024-03-04"},
		{"Avis de Mai, le 1er mars 2024", false, "2024-03-01"},
		{"Set de 4 de marzo de 2024", false, "2024-03-04"},
		{"Bewertung des Kunden vom 04.03.2024", true, "2024-03-04"},
		{"Bewertung des Kunden vom 4. März 2024", false, "2024-03-04"},
		{"4 March 2024, Jan", false, "2024-03-04"},
		{"14 May - 3 June 2024", false, "2024-05-14"},
		{"April to June 2024", false, "2024-04-01"},
		{"April in June 2024", false, "2024-06-01"},
		{"2024 (March)", false, "2024-03-01"},
		{"Fri-Mar-01-2024", false, "2024-03-01"},
		// Years of other calendars.
		{"令和6年04月05日", false, "2024-04-05"},
		{"令和06/04/05", false, "2024-04-05"},
		{"平成30年1月12日", false, "2018-01-12"},
		{"令和元年5月1日", false, "2019-05-01"},
		{"民國113年3月5日", false, "2024-03-05"},
		{"12/01/67", true, "2024-01-12"},
		{"12/01/2567 14:30", true, "2024-01-12"},
		{"2567-01-12", false, "2024-01-12"},
		{"12 มีนาคม 2567", false, "2024-03-12"},
		// The sign marks the number that is the year.
		{"24年4月5日", false, "2024-04-05"},
		{"24년 4월 5일", true, "2024-04-05"},
		// Months.
		{"2024. ápr. 7.", false, "2024-04-07"},
		{"2024 مارس 5", false, "2024-03-05"},
		{"12 يناير 2024", false, "2024-01-12"},
		{"5. listopadu 2024", false, "2024-11-05"},
		{"5 KASIM 2024", false, "2024-11-05"},
		{"5 квітня 2024 р.", false, "2024-04-05"},
		{"7 Απριλίου 2024", false, "2024-04-07"},
		{"5 במרץ 2024", false, "2024-03-05"},
		{"7 d'abril de 2024", false, "2024-04-07"},
		{"5 tháng 3, 2024", false, "2024-03-05"},
		{"Ngày 05 thg 3 năm 2024 14:30", false, "2024-03-05"},
		{"2024 жылғы 5 наурыз", false, ""}, // March, in an unsupported language
		// Digits.
		{"٢٠٢٤-٠٣-٠٥", false, "2024-03-05"},
		{"２０２４年３月５日", false, "2024-03-05"},
		// Times of day without colons.
		{"12.1.2024 14.30", true, "2024-01-12"},
		{"12.1.2024 klo 14.30", true, "2024-01-12"},
		{"12.01.2024 14.30 Uhr", true, "2024-01-12"},
		{"2024-01-12 14.30.22", false, "2024-01-12"},
		{"2024-01-12 14h30", false, "2024-01-12"},
		{"le 12/01/2024 à 14h30", true, "2024-01-12"},
		{"12 January 2024 2.30 pm", false, "2024-01-12"},
		{"2024年1月12日 14時30分", false, "2024-01-12"},
		{"2024. 1. 12. 오후 2시 30분", false, "2024-01-12"},
		{"2024年3月4日 14時ごろ", false, "2024-03-04"},
		{"2024. 3. 4. 14시경", false, "2024-03-04"},
		{"2024-03-04 点评", false, "2024-03-04"}, // a word that begins like an hour's sign
		{"2024/03/04 時点", false, "2024-03-04"},
		{"2024/3/4時点", false, "2024-03-04"},
		{"2024.03.04 시점", false, "2024-03-04"},
		{"2024. 3. 4 시점", false, "2024-03-04"},
		{"2024年 3月 4日 点评", false, "2024-03-04"},
		{"04.03.24 点评", true, "2024-03-04"},
		{"3月4日 14時頃", false, ""},
		{"下午2点半 2024-03-04", false, "2024-03-04"},
		{"01-MAR-24 01.00.05.000000 PM", false, ""},
		{"1.2.2024 3.4.5", true, ""},
	} {
		got := ""
		d, ok := (Dates{DayFirst: tt.dayFirst}).Parse([]byte(tt.cell))
		if ok {
			got = d.Time().Format(time.DateOnly)
		} else if d != 0 {
			t.Errorf("%q: no date, yet the day %d", tt.cell, d)
		}
		if got != tt.want {
			t.Errorf("%q, day first %v: %q, want %q", tt.cell, tt.dayFirst, got, tt.want)
		}
	}
	for _, tt := range []struct {
		cells []string
		want  bool
	}{
		{nil, false},
		{[]string{"3/4/2024", "5/6/2024"}, false},
		{[]string{"3.4.2024", "5.6.2024"}, true},
		{[]string{"3/4/2024", "25/6/2024"}, true},
		{[]string{"3.4.2024", "5.26.2024"}, false},
		{[]string{"2024-03-04"}, false},
		{[]string{"4 March 2024"}, false},
		{[]string{"mar. 04/06/2024", "mer. 26/06/2024"}, true},
		{[]string{"mar. 25/06/2024"}, true},
		{[]string{"01/03/2024", "02/03/2024", "03/03/2024", "04/03/2024", "01/04/2024",
			"02/04/2024"}, true},
		{[]string{"03/01/2024", "03/02/2024", "03/04/2024", "04/01/2024", "04/02/2024"}, false},
	} {
		if got, _ := JudgeDates(tt.cells); got.DayFirst != tt.want {
			t.Errorf("%q: day first %v", tt.cells, got.DayFirst)
		}
	}
}

// Dates that are sorted in one order only are in that order.
func TestSortedDates(t *testing.T) {
	for _, tt := range []struct {
		cells []string
		want  bool
	}{
		{[]string{"01/03/2024", "02/03/2024", "01/04/2024", "02/04/2024"}, true},
		{[]string{"03/01/2024", "03/02/2024", "04/01/2024", "04/02/2024"}, true},
		{[]string{"03/01/2024", "01/03/2024", "04/02/2024", "02/04/2024"}, false},
	} {
		if _, e := JudgeDates(tt.cells); e.Sorted != tt.want {
			t.Errorf("%q: sorted %v", tt.cells, e.Sorted)
		}
	}
}

// Two-digit years come first if the last numbers would be years decades apart.
func TestYearsFirst(t *testing.T) {
	for _, tt := range []struct {
		cells []string
		want  Dates
		first string // date
	}{
		{[]string{"24.03.04", "24.04.15", "23.12.31"}, Dates{YearFirst: true}, "2024-03-04"},
		{[]string{"24-03-15", "24-03-02"}, Dates{YearFirst: true}, "2024-03-15"},
		{[]string{"24. 4. 5.", "24. 11. 15.", "23. 8. 30."}, Dates{YearFirst: true}, "2024-04-05"},
		{[]string{"24.04.5", "24.04.15"}, Dates{YearFirst: true}, "2024-04-05"},
		{[]string{"04.03.24", "15.04.24", "31.12.23"}, Dates{DayFirst: true}, "2024-03-04"},
		{[]string{"04.03.20", "05.03.24"}, Dates{DayFirst: true}, "2020-03-04"},
		{[]string{"3/4/24", "3/15/24"}, Dates{}, "2024-03-04"},
	} {
		got, _ := JudgeDates(tt.cells)
		day, _ := got.Parse([]byte(tt.cells[0]))
		if first := day.Time().Format("2006-01-02"); got != tt.want || first != tt.first {
			t.Errorf("%q: %+v, the first is %s", tt.cells, got, first)
		}
	}
}

func TestPointsDoNotSettleOtherDates(t *testing.T) {
	for _, tt := range []struct {
		cells    []string
		dayFirst bool
		sure     bool
	}{
		{[]string{"14.01.2023", "23.01.2023", "03.02.2023"}, true, true},
		{[]string{"03.02.2023", "04.03.2023"}, true, true},
		{[]string{"14.01.2023", "02/01/2023", "02/10/2023"}, true, false},
		{[]string{"03.02.2023", "02/01/2023", "02/10/2023"}, true, false},
		{[]string{"14.01.2023", "02/01/2023", "14/10/2023"}, true, true},
		{[]string{"14.01.2023", "02/01/2023", "02/25/2023"}, false, false},
	} {
		if d, e := JudgeDates(tt.cells); d.DayFirst != tt.dayFirst || e.Sure() != tt.sure {
			t.Errorf("%q: day first %v, sure %v; want %v, %v", tt.cells, d.DayFirst, e.Sure(),
				tt.dayFirst, tt.sure)
		}
	}
}
