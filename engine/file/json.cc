#include "file/json.h"

#include <charconv>
#include <cmath>

#include "base/cat.h"
#include "file/utf8.h"

namespace lab {
namespace {

void dump_string(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const std::size_t length = utf8_length_at(text, i);
    if (length == 0) {
      out += "\xef\xbf\xbd";  // U+FFFD: what is written is JSON whatever the program was given
      ++i;
      continue;
    }
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += kHex[static_cast<unsigned char>(c) >> 4];
          out += kHex[static_cast<unsigned char>(c) & 15];
        } else {
          out += text.substr(i, length);
        }
    }
    i += length;
  }
  out += '"';
}

void dump_double(double value, std::string& out) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  const std::string_view text(digits, static_cast<std::size_t>(end - digits));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";  // stays a double
}

class Dumper {
 public:
  explicit Dumper(int indent) : indent_(indent) {}

  void dump(const Json& json, std::size_t depth) {
    if (json.is_null()) {
      out_ += "null";
    } else if (json.is_bool()) {
      out_ += json.boolean() ? "true" : "false";
    } else if (json.is_integer()) {
      out_ += std::to_string(json.integer());
    } else if (json.is_number()) {
      dump_double(json.number(), out_);
    } else if (json.is_string()) {
      dump_string(json.string(), out_);
    } else if (json.is_array()) {
      members(json.array(), '[', ']', depth, [&](const Json& item) { dump(item, depth + 1); });
    } else {
      members(json.object(), '{', '}', depth, [&](const auto& member) {
        dump_string(member.first, out_);
        out_ += indent_ > 0 ? ": " : ":";
        dump(member.second, depth + 1);
      });
    }
  }

  std::string take() { return std::move(out_); }

 private:
  template <class Items, class Body>
  void members(const Items& items, char open, char close, std::size_t depth, const Body& body) {
    out_ += open;
    bool first = true;
    for (const auto& item : items) {
      if (!first) out_ += ',';
      first = false;
      new_line(depth + 1);
      body(item);
    }
    if (!items.empty()) new_line(depth);
    out_ += close;
  }

  void new_line(std::size_t depth) {
    if (indent_ > 0) (out_ += '\n').append(depth * static_cast<std::size_t>(indent_), ' ');
  }

  int indent_;
  std::string out_;
};

constexpr std::string_view kOtherKind = "Check that the file is whole and of the right kind.";

Result<const Json*> need(const Json& object, std::string_view key) {
  const Json* member = object.find(key);
  if (member == nullptr) return fail(Error{Code::kBadJson, "this member is missing"}.of(key).fix(kOtherKind));
  return member;
}

}  // namespace

Json& Json::operator=(const Json& other) {
  std::visit(
      [this](const auto& value) {
        auto copy = value;
        value_ = std::move(copy);
      },
      other.value_);
  return *this;
}

double Json::number() const {
  return is_integer() ? static_cast<double>(integer()) : std::get<double>(value_);
}

const Json* Json::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const auto& [name, value] : object())
    if (name == key) return &value;
  return nullptr;
}

Json& Json::set(std::string_view key, Json value) {
  if (is_null()) value_ = Object{};
  for (auto& [name, old] : object())
    if (name == key) {
      old = std::move(value);
      return *this;
    }
  object().emplace_back(key, std::move(value));
  return *this;
}

std::string Json::dump(int indent) const {
  Dumper dumper(indent);
  dumper.dump(*this, 0);
  return dumper.take();
}

Result<std::int64_t> need_integer(const Json& object, std::string_view key) {
  LAB_TRY(const Json* member, need(object, key));
  if (!member->is_integer())
    return fail(Error{Code::kBadJson, "an integer is needed here"}.of(key).fix(kOtherKind));
  return member->integer();
}

Result<double> need_number(const Json& object, std::string_view key) {
  LAB_TRY(const Json* member, need(object, key));
  if (!member->is_number()) return fail(Error{Code::kBadJson, "a number is needed here"}.of(key).fix(kOtherKind));
  return member->number();
}

Result<std::string> need_string(const Json& object, std::string_view key) {
  LAB_TRY(const Json* member, need(object, key));
  if (!member->is_string()) return fail(Error{Code::kBadJson, "a text is needed here"}.of(key).fix(kOtherKind));
  return member->string();
}

}  // namespace lab
