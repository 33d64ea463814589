package worker

import (
	"reflect"
	"testing"

	"reviewlens/reviews/table"
)

// Every field of a dialect reaches the page and the journal, and comes back.
func TestDialectOfShape(t *testing.T) {
	fields := reflect.TypeFor[table.Dialect]()
	for i := range fields.NumField() {
		d := table.Dialect{Delimiter: ','}
		switch field := reflect.ValueOf(&d).Elem().Field(i); field.Kind() {
		case reflect.String:
			field.SetString("gbk")
		case reflect.Bool:
			field.SetBool(true)
		case reflect.Uint8:
			field.SetUint('\'')
		case reflect.Int, reflect.Int64:
			field.SetInt(3)
		case reflect.Slice:
			field.Set(reflect.ValueOf([]string{"review"}))
		default:
			t.Fatalf("%s is a %v; the test knows none", fields.Field(i).Name, field.Kind())
		}
		if got := dialectOf(shapeOf(d)); !reflect.DeepEqual(got, d) {
			t.Errorf("%s is lost: %+v, want %+v", fields.Field(i).Name, got, d)
		}
	}
}
