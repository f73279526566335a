#include "text_case.h"

#include <fstream>
#include <sstream>

namespace penstock::pipeline {
namespace {

constexpr const char* marker = "--- ";

bool is_expectation(const std::string& name) {
  return name == "diagnostics" || name == "commands" || name == "history" || name == "end";
}

}  // namespace

std::string TextCase::section(const std::string& name) const {
  for (const auto& [key, content] : sections) {
    if (key == name) return content;
  }
  return {};
}

void TextCase::set_section(const std::string& name, std::string content) {
  std::erase_if(sections, [&](const auto& entry) { return entry.first == name; });
  if (!content.empty() || !is_expectation(name)) sections.emplace_back(name, std::move(content));
}

TextCase read_text_case(const std::string& path) {
  TextCase text_case;
  text_case.path = path;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind(marker, 0) == 0) {
      text_case.sections.emplace_back(line.substr(4), "");
    } else {
      std::string& target = text_case.sections.empty() ? text_case.comment : text_case.sections.back().second;
      target += line + "\n";
    }
  }
  return text_case;
}

std::string to_text(const TextCase& text_case) {
  std::ostringstream out;
  out << text_case.comment;
  for (const auto& [name, content] : text_case.sections) out << marker << name << "\n" << content;
  return out.str();
}

}  // namespace penstock::pipeline
