package infer

// #include <features.h>
// #ifdef __GLIBC__
// #include <malloc.h>
// static void trim(void) { malloc_trim(0); }
// #else
// static void trim(void) {}
// #endif
import "C"

// trim gives the memory back that building a session has left unused in the C library's heap.
func trim() { C.trim() }
