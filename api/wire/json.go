package wire

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// WrongType describes a value of another type than its member has, in JSON's terms. whole names the
// value that was decoded, if it is that itself.
func WrongType(e *json.UnmarshalTypeError, whole string) string {
	want := "a number"
	switch kind := e.Type.Kind(); {
	case kind == reflect.Struct || kind == reflect.Map:
		want = "an object"
	case kind == reflect.Slice || kind == reflect.Array:
		want = "an array"
	case kind == reflect.String:
		want = "a string"
	case kind == reflect.Bool:
		want = "true or false"
	case kind >= reflect.Int && kind <= reflect.Uint64:
		want = "a whole number in range"
	}
	where := whole
	if e.Field != "" { // with the names of embedded structs before it
		where = strconv.Quote(e.Field[strings.LastIndexByte(e.Field, '.')+1:])
	}
	found := e.Value
	switch kind, digits, _ := strings.Cut(found, " "); {
	case digits != "":
		found = "the number " + digits
	case kind == "bool":
		found = "true or false"
	case kind == "array" || kind == "object":
		found = "an " + kind
	default:
		found = "a " + kind
	}
	return fmt.Sprintf("%s should be %s, not %s", where, want, found)
}
