// What every WebAssembly handle starts with, and how handles are made.
#pragma once

#include <cstddef>

#include "adapter.h"

#define MICROLORA_EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace microlora::wasm {

// JavaScript reads and writes these fields directly.
static_assert(offsetof(Weights, shape) == 0 && offsetof(Weights, scale) == 12 &&
              offsetof(Weights, a) == 28 && offsetof(Weights, b) == 32);

/// The first words of a handle: the buffers of one input and one output, and an adapter.
struct alignas(16) Handle {
  float *x, *y;
  Adapter* adapter;
};

/// Rows on their way in and out, padded: one of the largest dimension each, or as many as fit.
inline constexpr std::uint32_t kStage = kMaxDimension;
extern float stage_x[kStage], stage_y[kStage];

template <class T>
struct Object {
  Handle head;
  T core;  // right behind the head, whatever T is
};

/// What `make_block` needs to know of a T.
struct Kind {
  std::size_t size;  // of Object<T>
  void (*lay_out)(void* core, Arena& arena, const void* config);
  Adapter* (*start)(Handle& head, void* core);  // resets, fills in x and y, returns the adapter
};
/// Handle, object and its floats in one block, or null if the memory is not to be had. JavaScript
/// has checked the configuration.
void* make_block(const Kind& kind, void* plan, const void* config);

inline Adapter* adapter_in(Adapter& core) { return &core; }

template <class T, class Config>
Object<T>* make(const Config& config) {
  static constexpr Kind kKind = {sizeof(Object<T>),
                                 [](void* core, Arena& arena, const void* c) {
                                   static_cast<T*>(core)->lay_out(arena,
                                                                  *static_cast<const Config*>(c));
                                 },
                                 [](Handle& head, void* core) {
                                   T& object = *static_cast<T*>(core);
                                   object.reset();
                                   head.x = object.x;
                                   head.y = object.y;
                                   return adapter_in(object);
                                 }};
  static_assert(alignof(T) <= sizeof(Handle));
  T plan;
  return static_cast<Object<T>*>(make_block(kKind, &plan, &config));
}

}  // namespace microlora::wasm
