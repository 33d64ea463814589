#include "textflag.h"

// CHECK takes 64 bytes in Z0 and the previous ones in Z1, adds errors to Z14, and makes Z0 the
// previous ones.
#define CHECK \
	VALIGNQ $6, Z1, Z0, Z2; \
	VPALIGNR $15, Z2, Z0, Z3; \
	VPALIGNR $14, Z2, Z0, Z4; \
	VPALIGNR $13, Z2, Z0, Z5; \
	VPSRLW $4, Z3, Z6; \
	VPANDD Z15, Z6, Z6; \
	VPANDD Z15, Z3, Z3; \
	VPSRLW $4, Z0, Z7; \
	VPANDD Z15, Z7, Z7; \
	VPSHUFB Z6, Z8, Z6; \
	VPSHUFB Z3, Z9, Z3; \
	VPSHUFB Z7, Z10, Z7; \
	VPTERNLOGD $0x80, Z3, Z7, Z6; \ // what all three say
	VPSUBUSB Z11, Z4, Z4; \
	VPSUBUSB Z12, Z5, Z5; \
	VPTERNLOGD $0xa8, Z13, Z5, Z4; \ // 0x80 where a third or fourth byte has to be
	VPTERNLOGD $0xf6, Z4, Z6, Z14; \ // wrong is what differs
	VMOVDQA64 Z0, Z1

// func isUTF8AVX512(b *byte, n int, pairs *[3][16]byte) bool
TEXT ·isUTF8AVX512(SB), NOSPLIT, $0-25
	MOVQ b+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ pairs+16(FP), DX
	VBROADCASTI32X4 (DX), Z8
	VBROADCASTI32X4 16(DX), Z9
	VBROADCASTI32X4 32(DX), Z10
	MOVL $0x60606060, AX // so that E0 and more keep 0x80
	VPBROADCASTD AX, Z11
	MOVL $0x70707070, AX // so that F0 and more do
	VPBROADCASTD AX, Z12
	MOVL $0x80808080, AX
	VPBROADCASTD AX, Z13
	MOVL $0x0f0f0f0f, AX
	VPBROADCASTD AX, Z15
	VPXORD Z1, Z1, Z1
	VPXORD Z14, Z14, Z14
	SUBQ $64, CX
	JB tail
	PCALIGN $64

block:
	VMOVDQU64 (SI), Z0
	CHECK
	ADDQ $64, SI
	SUBQ $64, CX
	JAE block

tail: // less than 64 bytes and at least one zero, which no character may go on with
	ADDQ $64, CX
	MOVQ $-1, AX
	BZHIQ CX, AX, AX
	KMOVQ AX, K1
	VMOVDQU8.Z (SI), K1, Z0
	CHECK
	VPTESTMB Z14, Z14, K1
	KORTESTQ K1, K1
	SETEQ ret+24(FP)
	VZEROUPPER
	RET
