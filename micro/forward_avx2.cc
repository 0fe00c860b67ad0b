#define MICROLORA_ISA avx2
#define MICROLORA_UNROLL 2
#include "forward_body.h"
