#include "aws/s3/post_form.h"

#include "base/encoding.h"
#include "targets.h"

namespace penstock::fuzz {

// An upload by an HTML form: the first line is its content type, the rest its body; a field "policy" is the form's
// policy as it is.
void post_form(std::string_view bytes) {
  const size_t line_end = bytes.find('\n');
  if (line_end == std::string_view::npos) return;
  const auto form = aws::s3::parse_form(bytes.substr(0, line_end), bytes.substr(line_end + 1));
  if (!form || !form->file) return;
  const std::string* policy = form->find("policy");
  if (policy == nullptr) return;
  (void)aws::s3::check_post_policy(*policy, *form, "bucket", Time{1'795'600'000'000'000});
  (void)aws::s3::check_post_policy(to_base64(*policy), *form, "bucket", Time{1'795'600'000'000'000});
}

}  // namespace penstock::fuzz
