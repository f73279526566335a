#include "core/pipeline/substitutions.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

namespace penstock::pipeline {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> pseudo_parameters{
    {{"AWS::Partition", "aws"},
     {"AWS::Region", "us-east-1"},
     {"AWS::AccountId", "123456789012"},
     {"AWS::URLSuffix", "amazonaws.com"}}};

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

bool is_of_name(char c) {
  return is_letter(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("_.:-").find(c) != std::string_view::npos;
}

// Reads JSON's texts apart from the rest, whether or not the rest is JSON before the substitution.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  StandIns run() {
    while (at_ < text_.size()) {
      if (const auto name = substitution()) {
        replace(*name);
        at_ += name->size() + 3;
      } else {
        step();
      }
    }
    return std::move(found_);
  }

 private:
  // The name of a substitution that begins here.
  std::optional<std::string_view> substitution() const {
    const std::string_view rest = text_.substr(at_);
    if (!rest.starts_with("${") || rest.size() < 4 || !is_letter(rest[2])) return std::nullopt;
    const auto end = std::find_if_not(rest.begin() + 2, rest.end(), is_of_name);
    if (end == rest.end() || *end != '}') return std::nullopt;
    return rest.substr(2, static_cast<size_t>(end - rest.begin()) - 2);
  }

  void replace(std::string_view name) {
    if (std::ranges::find(found_.names, name) == found_.names.end()) found_.names.emplace_back(name);
    found_.definition += stand_in(name);
  }

  std::string stand_in(std::string_view name) const {
    if (!in_text_) return "1";
    const auto pseudo =
        std::ranges::find(pseudo_parameters, name, &std::pair<std::string_view, std::string_view>::first);
    if (pseudo != pseudo_parameters.end()) return std::string(pseudo->second);
    if (key_ != "Resource" && key_ != "RoleArn") return "${" + std::string(name) + "}";
    std::string plain(name);
    std::ranges::replace_if(
        plain, [](char c) { return c == '.' || c == ':'; }, '-');
    if (at_ != begin_) return plain;
    return (key_ == "Resource" ? "arn:aws:lambda:us-east-1:123456789012:function:"
                               : "arn:aws:iam::123456789012:role/") +
           plain;
  }

  void step() {
    const char c = text_[at_];
    if (in_text_ && c == '\\' && at_ + 1 < text_.size()) {
      found_.definition += c;
      found_.definition += text_[at_ + 1];
      at_ += 2;
      return;
    }
    if (c == '"') {
      in_text_ = !in_text_;
      if (in_text_) begin_ = at_ + 1;
      if (!in_text_) last_ = text_.substr(begin_, at_ - begin_);
    } else if (!in_text_ && c == ':') {
      key_ = last_;
    } else if (!in_text_ && (c == ',' || c == '{' || c == '[')) {
      key_ = {};
    }
    found_.definition += c;
    ++at_;
  }

  std::string_view text_;
  size_t at_ = 0;
  bool in_text_ = false;
  size_t begin_ = 0;             // of the text that is read
  std::string_view last_, key_;  // the text before, and the key of the value that is read
  StandIns found_;
};

}  // namespace

StandIns with_stand_ins(std::string_view definition) {
  return Reader(definition).run();
}

}  // namespace penstock::pipeline
