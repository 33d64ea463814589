package infer

// #include <features.h>
// #ifdef __GLIBC__
// #include <malloc.h>
// static void trim(void) { malloc_trim(0); }
// #else
// static void trim(void) {}
// #endif
import "C"

// trim returns heap memory of the C library that building a session has left unused.
func trim() { C.trim() }
