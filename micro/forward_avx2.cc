#define MICROLORA_ISA avx2
#define MICROLORA_VECTOR F8
#define MICROLORA_UNROLL 4
#include "forward_body.h"
