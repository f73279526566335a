#include "core/execution/item_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <set>
#include <utility>

#include "base/encoding.h"

namespace penstock::execution {
namespace {

constexpr int end_of_text = -1;

Error reader_failed(std::string cause) {
  return {"States.ItemReaderFailed", std::move(cause)};
}

// One character at a time, with a look ahead. After an error of the source it is at its end; `check` tells the error.
class Characters {
 public:
  explicit Characters(std::unique_ptr<ByteSource> bytes) : bytes_(std::move(bytes)) {}

  int peek() {
    if (place_ == size_) fill();
    return place_ == size_ ? end_of_text : static_cast<unsigned char>(buffer_[place_]);
  }
  int take() {
    int character = peek();
    if (character != end_of_text) ++place_;
    return character;
  }
  void skip_space() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') take();
  }
  Outcome<void> check() const {
    if (error_) return *error_;
    return {};
  }

 private:
  void fill() {
    if (at_end_) return;
    Outcome<size_t> read = bytes_->read(buffer_.data(), buffer_.size());
    if (!read) error_ = reader_failed(read.error().message);
    place_ = 0;
    size_ = read ? *read : 0;
    at_end_ = size_ == 0;
  }

  std::unique_ptr<ByteSource> bytes_;
  std::array<char, 64 * 1024> buffer_;
  size_t place_ = 0, size_ = 0;
  bool at_end_ = false;
  std::optional<Error> error_;
};

// ---- CSV

// String.hashCode of Java, over UTF-16 units.
uint32_t java_hash(std::string_view text) {
  uint32_t hash = 0;
  for (size_t i = 0; i < text.size();) {
    auto lead = static_cast<unsigned char>(text[i]);
    size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint32_t point = size == 1 ? lead : lead & (0x7fu >> size);
    for (size_t k = 1; k < size && i + k < text.size(); ++k) {
      point = point << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3fu);
    }
    i += size;
    if (point < 0x10000) {
      hash = hash * 31 + point;
    } else {
      hash = hash * 31 + (0xd800 + ((point - 0x10000) >> 10));
      hash = hash * 31 + (0xdc00 + ((point - 0x10000) & 0x3ff));
    }
  }
  return hash;
}

// The members of an item stand in the order of a Java HashMap that was filled from left to right (recorded: "0", "{}",
// "True" for the headers 0, True, {}): by the bucket of the key, of which there are 16 or more.
std::vector<size_t> hash_map_order(const std::vector<std::string>& keys) {
  size_t buckets = 16;
  while (4 * keys.size() > 3 * buckets) buckets *= 2;
  std::vector<size_t> order(keys.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) {
    uint32_t hash = java_hash(keys[i]);
    return (hash ^ hash >> 16) & (buckets - 1);
  });
  return order;
}

class CsvItems final : public ItemSource {
 public:
  CsvItems(std::unique_ptr<ByteSource> bytes, ItemFormat format, std::string name)
      : text_(std::move(bytes)), format_(std::move(format)), name_(std::move(name)) {}

  std::string name() const override { return name_; }

  Outcome<std::optional<Json>> next() override {
    if (!begun_) {
      if (Outcome<void> begun = begin(); !begun) return begun.error();
    }
    std::vector<std::string> row;
    Outcome<bool> read = read_row(row);
    if (!read) return read.error();
    if (!*read) return std::optional<Json>();
    std::vector<JsonMember> members;
    members.reserve(format_.headers.size());
    for (size_t i : order_) members.push_back({format_.headers[i], i < row.size() ? Json(row[i]) : Json("")});
    return std::optional<Json>(Json::object(std::move(members)));
  }

 private:
  Outcome<void> begin() {
    begun_ = true;
    constexpr std::string_view mark = "\xef\xbb\xbf";
    for (char byte : mark) {
      if (text_.peek() != static_cast<unsigned char>(byte)) break;
      text_.take();
    }
    if (!format_.headers_given) {
      format_.headers.clear();
      Outcome<bool> read = read_row(format_.headers);
      if (!read) return read.error();
    }
    std::set<std::string_view> names(format_.headers.begin(), format_.headers.end());
    if (names.size() != format_.headers.size()) return reader_failed("CSV headers cannot contain duplicates.");
    order_ = hash_map_order(format_.headers);
    return {};
  }

  // False at the end. Lines without a character are passed over.
  Outcome<bool> read_row(std::vector<std::string>& row) {
    while (text_.peek() == '\n' || text_.peek() == '\r') text_.take();
    if (text_.peek() == end_of_text) {
      if (Outcome<void> good = text_.check(); !good) return good.error();
      return false;
    }
    size_t bytes = 0;
    for (;;) {
      std::string& cell = row.emplace_back();
      int end = text_.peek() == '"' ? read_quoted(cell) : read_plain(cell);
      bytes += cell.size();
      if (bytes > item_bytes_max) return reader_failed("A row of the CSV file is larger than 10 MB.");
      if (end == format_.delimiter) continue;
      if (Outcome<void> good = text_.check(); !good) return good.error();
      return true;
    }
  }

  // A backslash keeps the meaning of a quote, a backslash or the delimiter behind it away; before any other character
  // it is dropped.
  void read_escape(std::string& cell) {
    int next = text_.peek();
    if (next != '\\' && next != '"' && next != format_.delimiter) return;
    text_.take();
    if (cell.size() <= item_bytes_max) cell.push_back(static_cast<char>(next));
  }

  // Each gives the character that ended the cell.
  int read_plain(std::string& cell) {
    for (;;) {
      int character = text_.take();
      if (character == end_of_text || character == format_.delimiter || character == '\n') return character;
      if (character == '\r') {
        if (text_.peek() == '\n') text_.take();
        return '\n';
      }
      if (character == '\\') {
        read_escape(cell);
        continue;
      }
      if (cell.size() <= item_bytes_max) cell.push_back(static_cast<char>(character));
    }
  }
  int read_quoted(std::string& cell) {
    text_.take();
    for (;;) {
      int character = text_.take();
      if (character == end_of_text) return character;
      if (character == '"') {
        if (text_.peek() != '"') return read_plain(cell);  // what stands behind the quotes belongs to the cell
        text_.take();
      }
      if (character == '\\') {
        read_escape(cell);
        continue;
      }
      if (cell.size() <= item_bytes_max) cell.push_back(static_cast<char>(character));
    }
  }

  Characters text_;
  ItemFormat format_;
  std::string name_;
  std::vector<size_t> order_;  // of the headers in an item
  bool begun_ = false;
};

// ---- JSON

class JsonItems final : public ItemSource {
 public:
  JsonItems(std::unique_ptr<ByteSource> bytes, ItemFormat format, std::string name)
      : text_(std::move(bytes)), format_(std::move(format)), name_(std::move(name)) {}

  std::string name() const override { return name_; }
  bool pairs() const override { return close_ == '}'; }

  Outcome<std::optional<Json>> next() override {
    if (ended_) return std::optional<Json>();
    if (!begun_) {
      begun_ = true;
      if (Outcome<void> begun = begin(); !begun) return begun.error();
    } else {
      text_.skip_space();
      int between = text_.take();
      ended_ = between == close_;
      if (ended_) return std::optional<Json>();
      if (between != ',') return broken();
    }
    text_.skip_space();
    if (first_ && text_.peek() == close_) {
      ended_ = true;
      return std::optional<Json>();
    }
    first_ = false;
    if (!pairs()) return item();
    Outcome<std::string> key = read_name();
    if (!key) return key.error();
    Outcome<std::optional<Json>> value = item();
    if (value) *value = Json::object({{"Key", *key}, {"Value", std::move(**value)}});
    return value;
  }

 private:
  Outcome<std::optional<Json>> item() {
    std::string raw;
    if (Outcome<void> read = read_value(&raw); !read) return read.error();
    Outcome<Json> value = parse_json(raw);
    if (!value) return reader_failed("The JSON file cannot be read: " + value.error().message);
    return std::optional<Json>(std::move(*value));
  }

  // A member's name and the colon behind it.
  Outcome<std::string> read_name() {
    std::string raw;
    if (Outcome<void> read = read_value(&raw); !read) return read.error();
    Outcome<Json> name = parse_json(raw);
    if (!name || !name->is_string()) return broken();
    text_.skip_space();
    if (text_.take() != ':') return broken();
    return std::string(name->as_string());
  }

  Error broken() {
    if (Outcome<void> good = text_.check(); !good) return good.error();
    return reader_failed("The JSON file cannot be read: it is not valid JSON.");
  }

  // Goes to the array or object.
  Outcome<void> begin() {
    std::string_view rest = format_.pointer;
    while (!rest.empty()) {
      if (rest.front() != '/') return reader_failed("ItemsPointer is not a JSON pointer: " + format_.pointer);
      size_t end = std::min(rest.find('/', 1), rest.size());
      if (Outcome<void> gone = descend(unescaped(rest.substr(1, end - 1))); !gone) return gone;
      rest.remove_prefix(end);
    }
    text_.skip_space();
    bool object = format_.objects && text_.peek() == '{';
    if (object) close_ = '}';
    if (!object && text_.peek() != '[') {
      if (Outcome<void> good = text_.check(); !good) return good;
      return reader_failed("Attempting to map over non-iterable node.");
    }
    text_.take();
    return {};
  }

  static std::string unescaped(std::string_view step) {
    return replace_all(replace_all(std::string(step), "~1", "/"), "~0", "~");
  }

  // Goes to a member of the object, or an item of the array, that comes next.
  Outcome<void> descend(const std::string& step) {
    Error missing = reader_failed("ItemsPointer does not lead to a value: " + format_.pointer);
    text_.skip_space();
    int open = text_.take();
    if (open != '{' && open != '[') return missing;
    for (size_t index = 0;; ++index) {
      text_.skip_space();
      if (text_.peek() == '}' || text_.peek() == ']') return missing;
      std::string name = std::to_string(index);
      if (open == '{') {
        Outcome<std::string> read = read_name();
        if (!read) return read.error();
        name = std::move(*read);
      }
      if (name == step) return {};
      if (Outcome<void> passed = read_value(nullptr); !passed) return passed;
      text_.skip_space();
      if (text_.peek() == ',') text_.take();
    }
  }

  void keep(std::string* out, int character) {
    if (out && out->size() <= item_bytes_max) out->push_back(static_cast<char>(character));
  }

  // The text of one value, which is passed over; what is wrong inside it is found when it is parsed.
  Outcome<void> read_value(std::string* out) {
    text_.skip_space();
    size_t depth = 0;
    for (;;) {
      int character = text_.peek();
      bool outside = depth == 0 && (character == ',' || character == ']' || character == '}' || character == ':');
      if (character == end_of_text || outside) break;
      text_.take();
      keep(out, character);
      if (character == '"') {
        read_string(out);
        if (depth == 0) break;
      }
      if (character == '[' || character == '{') ++depth;
      if ((character == ']' || character == '}') && --depth == 0) break;
    }
    if (out && out->size() > item_bytes_max) return reader_failed("An item of the JSON file is larger than 10 MB.");
    if (text_.peek() == end_of_text && depth > 0) return broken();
    return text_.check();
  }

  void read_string(std::string* out) {
    for (;;) {
      int character = text_.take();
      if (character == end_of_text) return;
      keep(out, character);
      if (character == '"') return;
      if (character == '\\') keep(out, text_.take());
    }
  }

  Characters text_;
  ItemFormat format_;
  std::string name_;
  int close_ = ']';  // what ends the array or object
  bool begun_ = false, first_ = true, ended_ = false;
};

// ---- JSON Lines

class JsonLines final : public ItemSource {
 public:
  JsonLines(std::unique_ptr<ByteSource> bytes, std::string name) : text_(std::move(bytes)), name_(std::move(name)) {}

  std::string name() const override { return name_; }

  Outcome<std::optional<Json>> next() override {
    text_.skip_space();
    std::string line;
    while (text_.peek() != end_of_text && text_.peek() != '\n') {
      line.push_back(static_cast<char>(text_.take()));
      if (line.size() > item_bytes_max) return reader_failed("A line of the JSONL file is larger than 10 MB.");
    }
    if (Outcome<void> good = text_.check(); !good) return good.error();
    ++number_;
    if (line.empty()) return std::optional<Json>();
    Outcome<Json> value = parse_json(line);
    if (value) return std::optional<Json>(std::move(*value));
    return reader_failed("Line " + std::to_string(number_) +
                         " of the JSONL file cannot be read: " + value.error().message);
  }

 private:
  Characters text_;
  std::string name_;
  size_t number_ = 0;
};

}  // namespace

std::unique_ptr<ItemSource> read_items(std::unique_ptr<ByteSource> bytes, ItemFormat format, std::string name) {
  switch (format.kind) {
    case ItemFormat::Kind::csv:
      return std::make_unique<CsvItems>(std::move(bytes), std::move(format), std::move(name));
    case ItemFormat::Kind::json_lines:
      return std::make_unique<JsonLines>(std::move(bytes), std::move(name));
    case ItemFormat::Kind::json:
      break;
  }
  return std::make_unique<JsonItems>(std::move(bytes), std::move(format), std::move(name));
}

}  // namespace penstock::execution
