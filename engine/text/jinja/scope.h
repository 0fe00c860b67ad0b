// Scopes: the variables that a part of a template sees.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/context.h"

namespace lab::jinja {

struct Scope {
  Scope* parent = nullptr;
  std::vector<std::pair<std::string_view, Value>> names{};  ///< spelled in the syntax tree
  bool captured = false;  ///< does a macro look into it, which may outlive the block?

  const Value* find(std::string_view name) const {
    for (const Scope* scope = this; scope; scope = scope->parent) {
      for (const auto& [known, value] : scope->names) {
        if (known == name) return &value;
      }
    }
    return nullptr;
  }

  void set(std::string_view name, Value value) {
    for (auto& [known, old] : names) {
      if (known == name) {
        old = std::move(value);
        return;
      }
    }
    names.emplace_back(name, std::move(value));
  }

  void capture() {
    for (Scope* scope = this; scope && !scope->captured; scope = scope->parent)
      scope->captured = true;
  }
};

/// Owns all scopes of a rendering; those that nobody captured are used again.
class ScopePool {
 public:
  explicit ScopePool(Budget& budget) : budget_(budget) {}

  Scope* take(Scope* parent) {
    if (free_.empty()) {
      budget_.hold(sizeof(Scope) + 8 * sizeof(Value));
      all_.push_back(std::make_unique<Scope>());
      free_.push_back(all_.back().get());
    }
    Scope* scope = free_.back();
    free_.pop_back();
    scope->parent = parent;
    return scope;
  }
  void give_back(Scope* scope) {
    if (scope->captured) return;
    scope->names.clear();
    free_.push_back(scope);
  }

 private:
  Budget& budget_;
  std::vector<std::unique_ptr<Scope>> all_;
  std::vector<Scope*> free_;
};

/// A scope for the time of a block.
class InnerScope {
 public:
  InnerScope(ScopePool& pool, Scope* parent) : pool_(pool), scope_(pool.take(parent)) {}
  ~InnerScope() { pool_.give_back(scope_); }
  InnerScope(const InnerScope&) = delete;
  InnerScope& operator=(const InnerScope&) = delete;
  Scope& operator*() const { return *scope_; }
  Scope* operator->() const { return scope_; }

 private:
  ScopePool& pool_;
  Scope* scope_;
};

}  // namespace lab::jinja
