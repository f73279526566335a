// Uploads by an HTML form: POST to a bucket with multipart/form-data, under a policy that the form carries and somebody
// has signed. Sources: "Browser-based uploads using POST", "POST Object" and "POST policy" of the Amazon S3
// documentation; RFC 7578 for the body.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/context.h"
#include "aws/protocol/http.h"
#include "base/outcome.h"
#include "base/time.h"

namespace penstock::aws::s3 {

bool is_form_upload(const HttpRequest& request);

struct PostForm {
  std::vector<std::pair<std::string, std::string>> fields;  // before the file; names in lower case
  std::optional<std::string> file;
  std::string file_name;

  // The field's value, or nullptr.
  const std::string* find(std::string_view name) const;
};
// InvalidArgument, MalformedPOSTRequest.
Outcome<PostForm> parse_form(std::string_view content_type, std::string_view body);

// Are all fields allowed by the form's policy, a JSON document? AccessDenied, EntityTooLarge, EntityTooSmall,
// InvalidPolicyDocument.
Outcome<void> check_post_policy(std::string_view policy, const PostForm& form, std::string_view bucket, Time now);

// The PutObject request that a form stands for, and who made it; checked are the signature and the policy.
struct FormCall {
  HttpRequest put;
  Caller caller;
  std::string region;
};
Outcome<FormCall> read_form_upload(Platform& platform, const HttpRequest& request, std::string_view bucket,
                                   std::string_view body);

// The answer to the form, from that to the PutObject: 204, or what its success_action_* fields ask for.
HttpResponse form_answer(const HttpRequest& put, HttpResponse answer, std::string_view endpoint);

}  // namespace penstock::aws::s3
