#include <fmt/format.h>

#include <algorithm>

#include "define/node.h"
#include "define/request.h"

namespace penstock::define {

Step& Step::comment(std::string text) {
  node_->comment = std::move(text);
  return *this;
}

Step Step::then(Step next) {
  node_->next = next.node_;
  return next;
}

Step& Step::keep(std::string name, Members selected) {
  node_->kept_as = std::move(name);
  return keep_only(std::move(selected));
}

Step& Step::keep_only(Members selected) {
  node_->selected = std::move(selected);
  return *this;
}

Step& Step::keep_result(std::string name) {
  node_->kept_as = std::move(name);
  return *this;
}

Step& Step::discard_result() {
  node_->result_discarded = true;
  return *this;
}

Value Step::result(Type type) const {
  const aws::Shape* shape = result_shape(node_->resource);
  return make_path("$", shape ? type_of(*shape) : type, shape);
}

Value Step::output(std::string_view member) const {
  std::vector<std::string_view> names;
  if (node_->selected) {
    for (const auto& [name, value] : *node_->selected) {
      names.push_back(name);
      if (name != member) continue;
      const Value kept = node_->kept_as.empty() ? make_path("$", Type::any) : make_path("$", Type::any)[node_->kept_as];
      const ValueNode& source = value.node();
      return make_path(kept[member].node().text, source.type,
                       source.what == ValueNode::What::path ? source.shape : nullptr);
    }
  }
  return make_invalid(fmt::format("step '{}' keeps no '{}'{}; say keep(\"...\", {{{{\"{}\", result()[...]}}}})",
                                  node_->name, member, did_you_mean(member, names), member));
}

Step& Step::on_error(Step handler, std::string keep_as, std::vector<std::string> errors) {
  node_->catches.push_back({std::move(errors), std::move(keep_as), handler.node_});
  return *this;
}

Step& Step::retry(Retry retry) {
  node_->retries.push_back(std::move(retry));
  return *this;
}

Step& Step::timeout_seconds(Value seconds) {
  node_->timeout = std::move(seconds);
  return *this;
}

Step& Step::heartbeat_seconds(Value seconds) {
  node_->heartbeat = std::move(seconds);
  return *this;
}

Step& Step::when(Condition condition, Step next) {
  node_->choices.push_back({std::move(condition), next.node_});
  return *this;
}

Step& Step::otherwise(Step next) {
  node_->otherwise = next.node_;
  return *this;
}

}  // namespace penstock::define
