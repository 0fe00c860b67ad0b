#define MICROLORA_ISA avx512
#define MICROLORA_VECTOR F16
#define MICROLORA_UNROLL 4
#include "forward_body.h"
