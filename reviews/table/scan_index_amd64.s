#include "textflag.h"

// The positions and extent of quotes are computed as by Langdale and Lemire, Parsing Gigabytes of
// JSON per Second, 2019: a mask of 64 bytes by comparison, and the prefix XOR of its bits by a
// carry-less product with ones, which is set from each opening quote to before the closing one.

// ORDER takes masks of separators AX, quotes DX and line ends BX. It keeps in AX the separators
// outside quotes and writes a mark: which of them end odd fields, and which line ends and
// separators are inside quotes. CX is not 0 once there are line ends inside quotes. Internally, R14
// is the bytes inside quotes including the opening one, then opening quotes, then doubled ones; DX
// closing quotes, R11 the bytes after these; R9 separators outside and quotes, R12 the bytes after
// these.
//
// An opening quote follows a separator or a quote, and a closing quote is followed by one of these;
// otherwise the index ends.
//
// Odd bytes of a field (doubled quotes, line ends) carry over into the separator that ends it: with
// S for separators and X for odd bytes, the sum of X and of ^S, which is X-S-1, has the carries
// where S is set.
#define ORDER \
	VMOVQ DX, X1; \
	VPCLMULQDQ $0, X12, X1, X1; \
	VMOVQ X1, R14; \
	XORQ R10, R14; \
	MOVQ R14, R10; \
	SARQ $63, R10; \
	ANDQ R14, BX; \
	ORQ BX, CX; \
	MOVQ BX, 8(R15); \
	MOVQ AX, R8; \
	ANDQ R14, R8; \
	MOVQ R8, 16(R15); \
	ANDNQ AX, R14, AX; \
	ANDQ DX, R14; \
	LEAQ (AX)(DX*1), R9; \
	XORQ R14, DX; \
	LEAQ (R11)(DX*2), R11; \
	LEAQ (R12)(R9*2), R12; \
	ANDNQ R14, R12, R12; \
	ANDNQ R11, R9, R8; \
	ADDQ R12, R8; \
	JNZ done; \
	MOVQ R9, R12; \
	SHRQ $63, R12; \
	ANDQ R11, R14; \
	ORQ R14, BX; \
	MOVQ DX, R11; \
	SHRQ $63, R11; \
	NEGQ R13; \
	SBBQ AX, BX; \
	SBBQ R13, R13; \
	ANDQ AX, BX; \
	MOVQ BX, (R15)

// BEGIN loads the arguments and sets what ORDER carries from block to block: R10 is ones inside
// quotes, R11 is 1 after a closing quote, R12 is 1 after a separator or a quote, and R13 is 0 in an
// odd field.
#define BEGIN \
	MOVQ b+0(FP), SI; \
	MOVQ blocks+8(FP), AX; \
	SHLQ $6, AX; \
	ADDQ SI, AX; \
	MOVQ AX, blocks+8(FP); \
	XORQ CX, CX; \
	MOVQ ends+32(FP), DI; \
	MOVQ most+40(FP), AX; \
	LEAQ (DI)(AX*4), AX; \
	MOVQ AX, most+40(FP); \
	MOVQ marks+48(FP), R15; \
	VPCMPEQB X12, X12, X12; \
	XORQ R10, R10; \
	XORQ R11, R11; \
	MOVQ $1, R12; \
	MOVQ $-1, R13

// END returns size, n and lines.
#define END \
	SUBQ b+0(FP), SI; \
	MOVQ SI, size+64(FP); \
	SUBQ ends+32(FP), DI; \
	SHRQ $2, DI; \
	MOVQ DI, n+56(FP); \
	MOVQ CX, lines+80(FP)

// 0 to 63
DATA ·places+0(SB)/8, $0x0706050403020100
DATA ·places+8(SB)/8, $0x0f0e0d0c0b0a0908
DATA ·places+16(SB)/8, $0x1716151413121110
DATA ·places+24(SB)/8, $0x1f1e1d1c1b1a1918
DATA ·places+32(SB)/8, $0x2726252423222120
DATA ·places+40(SB)/8, $0x2f2e2d2c2b2a2928
DATA ·places+48(SB)/8, $0x3736353433323130
DATA ·places+56(SB)/8, $0x3f3e3d3c3b3a3938
GLOBL ·places(SB), RODATA|NOPTR, $64

// func indexAVX512(b *byte, blocks int, delimiter byte, quotes uint64, ends *uint32, most int, marks *mark) (n, size int, high, lines uint64)
TEXT ·indexAVX512(SB), NOSPLIT, $0-88
	BEGIN
	VPBROADCASTB delimiter+16(FP), Z8
	KMOVQ quotes+24(FP), K7
	MOVL $0x0a0a0a0a, AX
	VPBROADCASTD AX, Z9
	MOVL $0x0d0d0d0d, AX
	VPBROADCASTD AX, Z10
	MOVL $0x22222222, AX
	VPBROADCASTD AX, Z11
	VMOVDQU64 ·places(SB), Z13
	MOVL $64, AX
	VPBROADCASTD AX, Z7
	VPXORD Z14, Z14, Z14 // where the block begins
	VPXORD Z6, Z6, Z6    // or of all bytes
	PCALIGN $64

block:
	CMPQ DI, most+40(FP)
	JA done
	VMOVDQU64 (SI), Z0
	VPCMPEQB Z0, Z9, K3
	VPCMPEQB Z0, Z10, K4
	VPCMPEQB Z0, Z8, K1
	VPCMPEQB Z0, Z11, K7, K2
	VPORD Z0, Z6, Z6
	KORQ K4, K3, K3
	KORQ K3, K1, K1
	KMOVQ K1, AX // separators
	KMOVQ K2, DX // quotes
	KMOVQ K3, BX // line ends

	ORDER

	POPCNTQ AX, R9
	KMOVQ AX, K1
	VPCOMPRESSB.Z Z13, K1, Z1
	VPMOVZXBD X1, Z2
	VPADDD Z2, Z14, Z2
	VMOVDQU32 Z2, (DI)
	CMPQ R9, $16
	JA many

next:
	LEAQ (DI)(R9*4), DI
	VPADDD Z7, Z14, Z14
	ADDQ $64, SI
	ADDQ $32, R15
	CMPQ SI, blocks+8(FP)
	JB block

done:
	END
	VPMOVB2M Z6, K1
	KMOVQ K1, high+72(FP)
	VZEROUPPER
	RET

many:
	VEXTRACTI32X4 $1, Z1, X2
	VPMOVZXBD X2, Z2
	VPADDD Z2, Z14, Z2
	VMOVDQU32 Z2, 64(DI)
	VEXTRACTI32X4 $2, Z1, X2
	VPMOVZXBD X2, Z2
	VPADDD Z2, Z14, Z2
	VMOVDQU32 Z2, 128(DI)
	VEXTRACTI32X4 $3, Z1, X2
	VPMOVZXBD X2, Z2
	VPADDD Z2, Z14, Z2
	VMOVDQU32 Z2, 192(DI)
	JMP next

// func indexAVX2(b *byte, blocks int, delimiter byte, quotes uint64, ends *uint32, most int, marks *mark) (n, size int, high, lines uint64)
TEXT ·indexAVX2(SB), NOSPLIT, $0-88
	BEGIN
	VPBROADCASTB delimiter+16(FP), Y8
	MOVL $0x0a0a0a0a, AX
	VMOVD AX, X9
	VPBROADCASTD X9, Y9
	MOVL $0x0d0d0d0d, AX
	VMOVD AX, X10
	VPBROADCASTD X10, Y10
	MOVL $0x22222222, AX
	VMOVD AX, X11
	VPBROADCASTD X11, Y11
	VPXOR Y14, Y14, Y14 // or of all bytes

block:
	CMPQ DI, most+40(FP)
	JA done
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	VPCMPEQB Y0, Y10, Y2
	VPCMPEQB Y1, Y10, Y3
	VPOR Y0, Y14, Y14
	VPOR Y1, Y14, Y14
	VPCMPEQB Y0, Y9, Y4
	VPCMPEQB Y1, Y9, Y5
	VPOR Y4, Y2, Y2
	VPOR Y5, Y3, Y3
	VPCMPEQB Y0, Y8, Y4
	VPCMPEQB Y1, Y8, Y5
	VPOR Y2, Y4, Y4
	VPOR Y3, Y5, Y5
	VPCMPEQB Y0, Y11, Y0
	VPCMPEQB Y1, Y11, Y1
	VPMOVMSKB Y4, AX
	VPMOVMSKB Y5, R8
	SHLQ $32, R8
	ORQ R8, AX // separators
	VPMOVMSKB Y0, DX
	VPMOVMSKB Y1, R8
	SHLQ $32, R8
	ORQ R8, DX // quotes
	ANDQ quotes+24(FP), DX
	VPMOVMSKB Y2, BX
	VPMOVMSKB Y3, R8
	SHLQ $32, R8
	ORQ R8, BX // line ends
	ORDER

	MOVQ SI, R9
	SUBQ b+0(FP), R9
	POPCNTQ AX, R8
	LEAQ (DI)(R8*4), R8

note:
	TZCNTQ AX, DX
	ADDL R9, DX
	MOVL DX, (DI)
	BLSRQ AX, AX
	TZCNTQ AX, DX
	ADDL R9, DX
	MOVL DX, 4(DI)
	BLSRQ AX, AX
	TZCNTQ AX, DX
	ADDL R9, DX
	MOVL DX, 8(DI)
	BLSRQ AX, AX
	TZCNTQ AX, DX
	ADDL R9, DX
	MOVL DX, 12(DI)
	BLSRQ AX, AX
	TZCNTQ AX, DX
	ADDL R9, DX
	MOVL DX, 16(DI)
	BLSRQ AX, AX
	TZCNTQ AX, DX
	ADDL R9, DX
	MOVL DX, 20(DI)
	BLSRQ AX, AX
	TZCNTQ AX, DX
	ADDL R9, DX
	MOVL DX, 24(DI)
	BLSRQ AX, AX
	TZCNTQ AX, DX
	ADDL R9, DX
	MOVL DX, 28(DI)
	BLSRQ AX, AX
	ADDQ $32, DI
	CMPQ DI, R8
	JB note
	MOVQ R8, DI
	ADDQ $64, SI
	ADDQ $32, R15
	CMPQ SI, blocks+8(FP)
	JB block

done:
	END
	VPMOVMSKB Y14, AX
	MOVQ AX, high+72(FP)
	VZEROUPPER
	RET

// func undoubleAVX512(dst, src *byte, n int) int
TEXT ·undoubleAVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	MOVL $0x22222222, AX
	VPBROADCASTD AX, Z11
	VPCMPEQB X12, X12, X12
	XORQ R10, R10 // ones behind the first quote of two
	MOVQ $-1, R9  // what of the block is text

block:
	CMPQ CX, $64
	JAE whole
	BZHIQ CX, R9, R9

whole:
	KMOVQ R9, K1
	VMOVDQU8.Z (SI), K1, Z0
	VPCMPEQB Z0, Z11, K2
	KMOVQ K2, DX
	TESTQ DX, DX
	JZ none
	VMOVQ DX, X1
	VPCLMULQDQ $0, X12, X1, X1
	VMOVQ X1, AX
	XORQ R10, AX
	MOVQ AX, R10
	SARQ $63, R10
	ANDNQ DX, AX, DX // second quotes
	ANDNQ R9, DX, DX
	KMOVQ DX, K1
	VPCOMPRESSB.Z Z0, K1, Z0
	VMOVDQU64 Z0, (DI)
	POPCNTQ DX, DX
	ADDQ DX, DI
	ADDQ $64, SI
	SUBQ $64, CX
	JHI block

done:
	SUBQ dst+0(FP), DI
	MOVQ DI, ret+24(FP)
	VZEROUPPER
	RET

none: // and none before it waits for its second
	VMOVDQU64 Z0, (DI)
	POPCNTQ R9, DX
	ADDQ DX, DI
	ADDQ $64, SI
	SUBQ $64, CX
	JHI block
	JMP done
