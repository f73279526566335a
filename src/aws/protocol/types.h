// The types that generated AWS structs are made of, besides std::string, std::vector and std::optional.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::aws {

// A map of the model, in the order its entries were sent or set.
template <class T>
class Map {
 public:
  // Not std::pair: it asks whether T can be made, of a shape that holds a map of itself too early (Clang keeps the
  // answer).
  struct Entry {
    std::string first;
    T second;
  };

  Map() = default;
  Map(std::initializer_list<Entry> entries) : entries_(entries) {}

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  auto begin() { return entries_.begin(); }
  auto end() { return entries_.end(); }
  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  const Entry& at(size_t index) const { return entries_[index]; }

  // The value of `key`, or nullptr.
  const T* find(std::string_view key) const {
    auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.first == key; });
    return entry == entries_.end() ? nullptr : &entry->second;
  }
  // The value of `key`, made when absent.
  T& operator[](std::string_view key) {
    auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.first == key; });
    return entry == entries_.end() ? entries_.emplace_back(Entry{std::string(key), T{}}).second : entry->second;
  }
  // Adds an entry without looking for `key`: for callers that know it to be new.
  T& append(std::string key) { return entries_.emplace_back(Entry{std::move(key), T{}}).second; }

 private:
  std::vector<Entry> entries_;
};

// An optional value on the heap: a member whose type holds itself.
template <class T>
class Box {
 public:
  Box() = default;
  Box(T value) : value_(std::make_unique<T>(std::move(value))) {}
  Box(const Box& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Box(Box&&) noexcept = default;
  Box& operator=(Box other) noexcept {
    value_ = std::move(other.value_);
    return *this;
  }

  bool has_value() const { return value_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  const T& operator*() const { return *value_; }
  T& operator*() { return *value_; }
  const T* operator->() const { return value_.get(); }
  T* operator->() { return value_.get(); }
  T& emplace() {
    value_ = std::make_unique<T>();
    return *value_;
  }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace penstock::aws
