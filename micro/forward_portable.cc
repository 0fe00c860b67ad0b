#define MICROLORA_ISA portable
#define MICROLORA_VECTOR F8
#define MICROLORA_UNROLL 1
#include "forward_body.h"
