#include "aws/protocol/sigv4.h"

#include <gtest/gtest.h>

#include <memory>

#include "aws/protocol/sigv2.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "store/database.h"
#include "store/test_folder.h"

namespace penstock::aws::sigv4 {
namespace {

// Signatures made by botocore 1.44 on 2026-11-24T10:00:00Z with this key pair.
const access::KeyPair keys{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
constexpr std::string_view now_text = "20261124T100000Z";

HttpRequest request(std::string method, std::string path, std::string query, Headers headers, std::string body = {}) {
  HttpRequest made;
  made.method = std::move(method);
  made.path = std::move(path);
  made.query = std::move(query);
  made.headers = std::move(headers);
  made.headers.emplace_back("host", "127.0.0.1:4700");
  made.body.bytes = std::move(body);
  return made;
}

std::string authorization(const std::string& scope, const std::string& signed_headers, const std::string& signature) {
  return "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/" + scope +
         "/aws4_request, SignedHeaders=" + signed_headers + ", Signature=" + signature;
}

HttpRequest json_request() {
  return request("POST", "/", "",
                 {{"x-amz-target", "AWSStepFunctions.ListStateMachines"},
                  {"content-type", "application/x-amz-json-1.0"},
                  {"x-amz-date", std::string(now_text)},
                  {"authorization", authorization("us-east-1/states", "content-type;host;x-amz-date;x-amz-target",
                                                  "161ba4e29cc774d73e68d6bc43f484dcac5eaa4f7470910e3b057bc1e6f99774")}},
                 "{}");
}

HttpRequest s3_request() {
  return request("PUT", "/bucket/a%20b/%C3%A9%2B/..//x", "tagging&prefix=a%2Fb",
                 {{"x-amz-meta-note", "  two   spaces "},
                  {"content-md5", "abc"},
                  {"x-amz-date", std::string(now_text)},
                  {"x-amz-content-sha256", sha256_hex("hello")},
                  {"authorization",
                   authorization("us-east-1/s3", "content-md5;host;x-amz-content-sha256;x-amz-date;x-amz-meta-note",
                                 "cbfe34eb7eae25ad8758872526eda3cec7f03b0001ba6d6ecc2e311276efa926")}},
                 "hello");
}

HttpRequest presigned_request() {
  return request(
      "GET", "/bucket/key%20x",
      "versionId=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261124%2Fus-east-1%2Fs3%2F"
      "aws4_request&X-Amz-Date=20261124T100000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature="
      "03ff95ef4c82598a98fa19af8a44443f9badf4b159e5cfb53e504afd8822ade5",
      {});
}

class Sigv4Test : public testing::Test {
 protected:
  void SetUp() override {
    auto database = store::Database::open(disk_, folder_.path(), {});
    ASSERT_TRUE(database.ok());
    database_ = std::move(*database);
    records_ = store::Records::open(*database_);
    auto access = access::Access::open(disk_, random_, clock_, *records_, {folder_.path(), keys, ""});
    ASSERT_TRUE(access.ok());
    access_ = std::move(*access);
    verifier_ = std::make_unique<Verifier>(*access_);
  }

  // "" when all is right, else the code it is refused with.
  std::string verify(const HttpRequest& request) {
    Outcome<void> verified = check(request);
    last_ = verified ? Error{} : verified.error();
    return last_.code;
  }
  Outcome<void> check(const HttpRequest& request) {
    Family family = family_of(request);
    Outcome<Claim> claim = read_claim(request, family);
    if (!claim) return claim.error();
    Outcome<Proof> proof = verifier_->begin(request, *claim, family);
    if (!proof) return proof.error();
    if (proof->payload != Payload::hashed) return {};
    return verifier_->finish(request, *proof, digest(DigestKind::sha256, request.body.bytes));
  }
  static void set(HttpRequest& request, std::string_view name, std::string value) {
    for (auto& [known, held] : request.headers) {
      if (known == name) held = value;
    }
  }

  store::TestFolder folder_;
  SystemDisk disk_;
  SeededRandom random_{7};
  VirtualClock clock_{*parse_amz_date(now_text)};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<store::Records> records_;
  std::unique_ptr<access::Access> access_;
  std::unique_ptr<Verifier> verifier_;
  Error last_;
};

TEST_F(Sigv4Test, accepts_what_botocore_signs) {
  EXPECT_EQ(verify(json_request()), "");
  EXPECT_EQ(verify(s3_request()), "");
  EXPECT_EQ(verify(presigned_request()), "");
  // Dot segments, an empty segment, a parameter without a value.
  EXPECT_EQ(verify(request("GET", "/2015-03-31/functions/a%20b//c/../d/", "z=1&a=x%20y&empty",
                           {{"x-amz-date", std::string(now_text)},
                            {"authorization",
                             authorization("us-east-1/lambda", "host;x-amz-date",
                                           "78ed92841a81578ddb6b414a2660beb3e82abb136ebb92396f89a2be23302253")}})),
            "");
}

TEST_F(Sigv4Test, refuses_a_changed_body) {
  HttpRequest json = json_request();
  json.body.bytes = "{\"a\":1}";
  EXPECT_EQ(verify(json), "InvalidSignatureException");
  HttpRequest s3 = s3_request();
  s3.body.bytes = "hallo";
  EXPECT_EQ(verify(s3), "XAmzContentSHA256Mismatch");
}

TEST_F(Sigv4Test, refuses_changed_headers_path_and_query) {
  HttpRequest json = json_request();
  set(json, "x-amz-target", "AWSStepFunctions.DeleteStateMachine");
  EXPECT_EQ(verify(json), "InvalidSignatureException");
  HttpRequest s3 = s3_request();
  s3.path = "/bucket/other";
  EXPECT_EQ(verify(s3), "SignatureDoesNotMatch");
  EXPECT_EQ(last_.status, 403);
  HttpRequest presigned = presigned_request();
  presigned.query.replace(presigned.query.find("versionId=1"), 11, "versionId=2");
  EXPECT_EQ(verify(presigned), "SignatureDoesNotMatch");
  HttpRequest extra = s3_request();
  extra.headers.emplace_back("x-amz-acl", "public-read");
  EXPECT_EQ(verify(extra), "AccessDenied");
}

TEST_F(Sigv4Test, refuses_unknown_keys_in_each_familys_words) {
  HttpRequest json = json_request();
  std::string other(json.header("authorization"));
  set(json, "authorization", replace_all(other, "AKIDEXAMPLE", "AKIDUNKNOWN"));
  EXPECT_EQ(verify(json), "UnrecognizedClientException");
  EXPECT_EQ(last_.status, 400);
  HttpRequest s3 = s3_request();
  set(s3, "authorization", replace_all(std::string(s3.header("authorization")), "AKIDEXAMPLE", "AKIDUNKNOWN"));
  EXPECT_EQ(verify(s3), "InvalidAccessKeyId");
  json.headers[0] = {"content-type", "application/x-www-form-urlencoded"};
  EXPECT_EQ(verify(json), "InvalidClientTokenId");
  EXPECT_EQ(last_.status, 403);
}

TEST_F(Sigv4Test, refuses_unsigned_calls) {
  HttpRequest json = json_request();
  set(json, "authorization", "");
  EXPECT_EQ(verify(json), "MissingAuthenticationTokenException");
  EXPECT_EQ(verify(request("POST", "/", "", {{"content-type", "application/x-www-form-urlencoded"}})),
            "MissingAuthenticationToken");
  EXPECT_EQ(verify(request("GET", "/bucket", "", {})), "AccessDenied");
}

TEST_F(Sigv4Test, refuses_signature_version_2_and_what_is_incomplete) {
  HttpRequest query_call =
      request("POST", "/", "AWSAccessKeyId=A&Signature=x", {{"content-type", "application/x-www-form-urlencoded"}});
  EXPECT_EQ(verify(query_call), "IncompleteSignature");
  EXPECT_EQ(verify(request("GET", "/b/k", "", {{"authorization", "AWS AKID:sig"}})), "InvalidRequest");
  HttpRequest json = json_request();
  set(json, "authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/states/aws4_request");
  EXPECT_EQ(verify(json), "IncompleteSignatureException");
  EXPECT_NE(last_.message.find("requires 'Signature' parameter"), std::string::npos) << last_.message;
  set(json, "authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE, SignedHeaders=host, Signature=0");
  EXPECT_EQ(verify(json), "IncompleteSignatureException");
  HttpRequest s3 = s3_request();
  set(s3, "x-amz-content-sha256", "nonsense");
  EXPECT_EQ(verify(s3), "InvalidArgument");
}

TEST_F(Sigv4Test, refuses_dates_more_than_15_minutes_away) {
  clock_.advance_to(plus_seconds(*parse_amz_date(now_text), 15 * 60));
  EXPECT_EQ(verify(json_request()), "");
  clock_.advance_to(plus_seconds(*parse_amz_date(now_text), 15 * 60 + 1));
  EXPECT_EQ(verify(json_request()), "InvalidSignatureException");
  EXPECT_EQ(last_.message,
            "Signature expired: 20261124T100000Z is now earlier than 20261124T100001Z (20261124T101501Z - 15 min.)");
  EXPECT_EQ(verify(s3_request()), "RequestTimeTooSkewed");
  EXPECT_EQ(verify(presigned_request()), "");
  clock_.advance_to(plus_seconds(*parse_amz_date(now_text), 3'601));
  EXPECT_EQ(verify(presigned_request()), "AccessDenied");
  EXPECT_EQ(last_.message, "Request has expired");
}

TEST_F(Sigv4Test, refuses_dates_in_the_future) {
  HttpRequest json = json_request();
  set(json, "x-amz-date", "20261124T101600Z");
  EXPECT_EQ(verify(json), "InvalidSignatureException");
  EXPECT_TRUE(last_.message.starts_with("Signature not yet current: 20261124T101600Z")) << last_.message;
  set(json, "x-amz-date", "20261125T100000Z");
  EXPECT_TRUE(verify(json) == "InvalidSignatureException" && last_.message.starts_with("Date in Credential scope"))
      << last_.message;
}

TEST_F(Sigv4Test, sessions_need_their_token_and_end) {
  access::Identity identity{"123456789012", "arn:aws:sts::123456789012:assumed-role/r/s", "AROA:s"};
  access::Credential session = access_->make_session(identity, plus_seconds(clock_.now(), 600));
  auto signed_by = [&](const std::string& token) {
    HttpRequest made = request("POST", "/", "", {{"x-amz-target", "AWSStepFunctions.ListStateMachines"}}, "{}");
    sign(made, {session.keys, token, "eu-west-1", "states"}, clock_.now());
    return made;
  };
  EXPECT_EQ(verify(signed_by(session.session_token)), "");
  EXPECT_EQ(verify(signed_by("")), "UnrecognizedClientException");
  std::string tampered = session.session_token;
  tampered[10] = tampered[10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(verify(signed_by(tampered)), "UnrecognizedClientException");
  HttpRequest stolen = request("POST", "/", "", {{"x-amz-target", "AWSStepFunctions.ListStateMachines"}}, "{}");
  sign(stolen, {{keys.access_key, keys.secret}, session.session_token, "eu-west-1", "states"}, clock_.now());
  EXPECT_EQ(verify(stolen), "UnrecognizedClientException");
  clock_.advance_to(plus_seconds(clock_.now(), 600));
  EXPECT_EQ(verify(signed_by(session.session_token)), "ExpiredTokenException");
}

// boto3's generate_presigned_url with its defaults.
TEST_F(Sigv4Test, version_2_is_good_for_presigned_urls_alone) {
  HttpRequest presigned =
      request("GET", "/bucket/key%20x", "AWSAccessKeyId=AKIDEXAMPLE&Signature=SIG&Expires=1795519200&versionId=3", {});
  std::string text = version_2_text(presigned, 1'795'519'200, "/bucket/key%20x");
  EXPECT_EQ(text, "GET\n\n\n1795519200\n/bucket/key%20x?versionId=3");
  presigned.query = replace_all(presigned.query, "SIG", uri_encode(to_base64(hmac_sha1(keys.secret, text))));
  EXPECT_EQ(verify(presigned), "");
  HttpRequest other = presigned;
  other.path = "/bucket/other";
  EXPECT_EQ(verify(other), "SignatureDoesNotMatch");
  presigned.query = replace_all(presigned.query, "1795519200", "1700000000");
  EXPECT_EQ(verify(presigned), "AccessDenied");
  EXPECT_EQ(verify(request("GET", "/b/k", "AWSAccessKeyId=A&Signature=x&Expires=never", {})), "AccessDenied");
}

TEST_F(Sigv4Test, sign_agrees_with_botocore) {
  HttpRequest made = request(
      "POST", "/", "",
      {{"x-amz-target", "AWSStepFunctions.ListStateMachines"}, {"content-type", "application/x-amz-json-1.0"}}, "{}");
  sign(made, {keys, "", "us-east-1", "states"}, clock_.now());
  EXPECT_EQ(made.header("authorization"), json_request().header("authorization"));
}

}  // namespace
}  // namespace penstock::aws::sigv4
