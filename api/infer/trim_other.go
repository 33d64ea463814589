//go:build !linux

package infer

func trim() {}
