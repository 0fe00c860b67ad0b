#include "strict.h"
#include <gtest/gtest.h>
namespace microlora { namespace {
TEST(Strict, DotIsASum) { alignas(64) float v[16] = {1,2,3}; EXPECT_EQ(dot(v,v,16), 14); }
}}
