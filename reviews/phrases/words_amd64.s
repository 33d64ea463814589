#include "go_asm.h"
#include "textflag.h"

// func newBlocksAVX512(to *block, text *byte, n int) (odd uint64)
TEXT ·newBlocksAVX512(SB), NOSPLIT, $0-32
	MOVQ to+0(FP), DI
	MOVQ text+8(FP), SI
	MOVQ n+16(FP), CX
	MOVL $0x20202020, AX // a space, and what makes letters small
	VPBROADCASTD AX, Z8
	MOVL $0x61616161, AX // a
	VPBROADCASTD AX, Z9
	MOVL $0x19191919, AX // from there to z
	VPBROADCASTD AX, Z10
	MOVL $0x30303030, AX // 0
	VPBROADCASTD AX, Z11
	MOVL $0x09090909, AX // from there to 9, and a tab
	VPBROADCASTD AX, Z12
	MOVL $0x2d2d2d2d, AX // -
	VPBROADCASTD AX, Z13
	MOVL $0x27272727, AX // '
	VPBROADCASTD AX, Z14
	XORQ R8, R8

block:
	VMOVDQU64 (SI), Z0
	VPORD Z8, Z0, Z1
	VPSUBB Z9, Z1, Z1
	VPSUBB Z11, Z0, Z2
	VPCMPUB $2, Z10, Z1, K1
	VPCMPUB $2, Z12, Z2, K2
	KORQ K2, K1, K1
	KMOVQ K1, block_word(DI)
	VPCMPEQB Z0, Z8, K3
	VPCMPEQB Z0, Z12, K4
	VPCMPEQB Z0, Z13, K5
	KORQ K4, K3, K3
	KORQ K5, K3, K3
	KMOVQ K3, block_soft(DI)
	VPMOVB2M Z0, K6
	VPCMPEQB Z0, Z14, K7
	KORQ K7, K6, K6
	KMOVQ K6, block_odd(DI)
	KMOVQ K6, AX
	ORQ AX, R8
	ADDQ $64, SI
	ADDQ $block__size, DI
	DECQ CX
	JNZ block
	MOVQ R8, odd+24(FP)
	VZEROUPPER
	RET
