package infer

// Version is the version of ONNX Runtime that this program runs; build/onnxruntime.py fetches the
// same one. It is at least 1.29, because earlier ones abort on arm64 Lambda
// (microsoft/onnxruntime#10038).
const Version = "1.32.0"

// libraries lists the native libraries that may be loaded: those of the PyPI wheels onnxruntime
// 1.32.0, onnxruntime/capi/. Another build may round differently, and a score must not depend on
// the machine.
var libraries = map[string]struct{ name, sha256 string }{ // by GOOS/GOARCH
	"linux/amd64":  {"libonnxruntime.so." + Version, "6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f"},
	"linux/arm64":  {"libonnxruntime.so." + Version, "49852228a93995158b2a813d4df487d47a1b76b0eaa894507ef49e91b6d7954a"},
	"darwin/arm64": {"libonnxruntime." + Version + ".dylib", "fa585fabbea65b823b9a8f7e27d46aee3989d1be7e36b528203d3a1fd613aae7"},
}
