// SmallVector: a vector whose first items lie in itself; for arguments of calls.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <type_traits>

namespace penstock::jsonata {

template <class T, size_t inline_capacity>
class SmallVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  SmallVector() = default;
  SmallVector(std::initializer_list<T> items) {
    for (const T& item : items) push_back(item);
  }
  SmallVector(const SmallVector&) = delete;
  SmallVector& operator=(const SmallVector&) = delete;

  void push_back(T item) {
    if (size_ == capacity_) grow();
    items_[size_++] = item;
  }
  void assign(const SmallVector& other) {
    size_ = 0;
    for (const T& item : other) push_back(item);
  }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](size_t at) { return items_[at]; }
  const T& operator[](size_t at) const { return items_[at]; }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + size_; }

 private:
  void grow() {
    auto grown = std::make_unique<T[]>(capacity_ * 2);
    std::copy_n(items_, size_, grown.get());
    heap_ = std::move(grown);
    items_ = heap_.get();
    capacity_ *= 2;
  }

  T inline_[inline_capacity];
  std::unique_ptr<T[]> heap_;
  T* items_ = inline_;
  size_t size_ = 0;
  size_t capacity_ = inline_capacity;
};

}  // namespace penstock::jsonata
