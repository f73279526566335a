// Front: from a request to the handler and back, for awsJson, query and REST-XML.
#include "aws/protocol/front.h"

#include <gtest/gtest.h>

#include "aws/context.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/log.h"
#include "base/random.h"
#include "core/event/bus.h"
#include "models/iam/role.h"
#include "models/s3/bucket.h"
#include "models/s3/listing.h"
#include "models/s3/object.h"
#include "models/states/activity.h"
#include "models/states/execution.h"
#include "models/sts/identity.h"

namespace penstock::aws {
namespace {

// A part of the platform that these tests never touch.
template <class T>
T& untouched() {
  alignas(64) static std::byte storage[64];
  return reinterpret_cast<T&>(storage);
}

struct FakePlatform {
  SystemClock clock;
  SeededRandom random{1};
  SystemDisk disk;
  Log log{clock, Log::Level::error};
  event::Bus bus;
  Platform platform{clock,
                    random,
                    disk,
                    log,
                    untouched<store::Database>(),
                    untouched<store::Records>(),
                    untouched<store::Objects>(),
                    untouched<store::LogLines>(),
                    bus,
                    untouched<access::Access>(),
                    untouched<job::Manager>(),
                    untouched<execution::Engine>(),
                    untouched<stack::Stacks>(),
                    untouched<keys::Keyring>(),
                    "123456789012",
                    "http://127.0.0.1:4700",
                    "/nowhere"};
  Context context{platform, {}, "us-east-1", "123456789012", "request-1", ""};
};

Outcome<states::StartExecutionOutput> start_execution(Context&, const states::StartExecutionInput& input) {
  if (input.name == "gone") return Error{"StateMachineDoesNotExist", "State Machine Does Not Exist: 'x'"};
  return states::StartExecutionOutput{.execution_arn = input.state_machine_arn + ":" + input.name.value_or("?"),
                                      .start_date = Time{1'732'443'300'123'000}};
}

void get_activity_task(Context&, const states::GetActivityTaskInput&, Reply<states::GetActivityTaskOutput> reply) {
  reply(states::GetActivityTaskOutput{.task_token = "token"});
}

Outcome<sts::GetCallerIdentityOutput> get_caller_identity(Context& context, const sts::GetCallerIdentityInput&) {
  return sts::GetCallerIdentityOutput{.user_id = "root", .account = context.account, .arn = "a<b"};
}

Outcome<iam::TagRoleOutput> tag_role(Context&, const iam::TagRoleInput& input) {
  if (input.tags.size() != 2 || input.tags[1].key != "team") return Error{"NoSuchEntity", "no tags", 404};
  return iam::TagRoleOutput{};
}

Outcome<s3::ListObjectsV2Output> list_objects(Context&, const s3::ListObjectsV2Input& input) {
  s3::Object object;
  object.key = "a&b";
  object.size = 3;
  s3::ListObjectsV2Output output;
  output.name = input.bucket;
  output.contents = {object, object};
  output.key_count = 2;
  return output;
}

Outcome<s3::PutObjectOutput> put_object(Context&, s3::PutObjectInput&& input) {
  s3::PutObjectOutput output;
  output.e_tag = input.key + "|" + input.body.bytes + "|" + (input.metadata ? *input.metadata->find("who") : "");
  return output;
}

Outcome<s3::GetObjectOutput> get_object(Context&, const s3::GetObjectInput& input) {
  if (input.range) {
    s3::GetObjectOutput output;
    output.content_range = "bytes 0-1/9";
    output.body.bytes = "ab";
    return output;
  }
  return Error{"NoSuchKey", "The specified key does not exist.", 400, {{"Key", input.key}}};
}

Outcome<s3::GetBucketLocationOutput> get_bucket_location(Context&, const s3::GetBucketLocationInput&) {
  s3::GetBucketLocationOutput output;
  output.location_constraint = "eu-west-1";
  return output;
}

// A handler's signature must be that of its operation's model.
using StopHandler = Outcome<states::StopExecutionOutput> (*)(Context&, const states::StopExecutionInput&);
static_assert(HandlerOf<decltype(&start_execution), states::StartExecution>);
static_assert(!HandlerOf<StopHandler, states::StartExecution>);
static_assert(!AsyncHandlerOf<decltype(&start_execution), states::StartExecution>);

class FrontTest : public testing::Test {
 protected:
  FrontTest()
      : states_(
            list(op<states::StartExecution>(start_execution), async_op<states::GetActivityTask>(get_activity_task))),
        sts_(list(op<sts::GetCallerIdentity>(get_caller_identity))),
        iam_(list(op<iam::TagRole>(tag_role))),
        s3_(list(op<s3::ListObjectsV2>(list_objects), blocking(op<s3::PutObject>(put_object)),
                 op<s3::GetObject>(get_object), op<s3::GetBucketLocation>(get_bucket_location))),
        front_({&states_, &sts_, &iam_, &s3_}) {}

  HttpResponse send(HttpRequest request, std::string_view signing_name) {
    Route route = front_.route(request, signing_name);
    std::optional<HttpResponse> answer;
    front_.dispatch(fake_.context, route, std::move(request),
                    [&](HttpResponse response) { answer = std::move(response); });
    return answer.value();
  }

  HttpResponse send_json(std::string_view operation, std::string body) {
    HttpRequest request{"POST",
                        "/",
                        "",
                        {{"x-amz-target", "AWSStepFunctions." + std::string(operation)},
                         {"content-type", "application/x-amz-json-1.0"}},
                        {},
                        ""};
    request.body.bytes = std::move(body);
    return send(std::move(request), "states");
  }

  HttpResponse send_form(std::string body, std::string_view signing_name) {
    HttpRequest request{"POST", "/", "", {{"content-type", "application/x-www-form-urlencoded"}}, {}, ""};
    request.body.bytes = std::move(body);
    return send(std::move(request), signing_name);
  }

  Outcome<Json> invoke(std::string_view service, std::string_view operation, const Json& parameters) {
    std::optional<Outcome<Json>> answer;
    front_.invoke(fake_.context, service, operation, parameters, JsonStyle::states(),
                  [&](Outcome<Json> result) { answer = std::move(result); });
    return std::move(answer.value());
  }

  FakePlatform fake_;
  ServiceTable states_, sts_, iam_, s3_;
  Front front_;
};

TEST_F(FrontTest, JsonCallIsAnswered) {
  HttpResponse response = send_json("StartExecution", R"({"stateMachineArn":"arn:x","name":"n","future":1})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"executionArn":"arn:x:n","startDate":1732443300.123})");
}

TEST_F(FrontTest, HandlerThatAnswersThroughReply) {
  HttpResponse response = send_json("GetActivityTask", R"({"activityArn":"arn:x"})");
  EXPECT_EQ(response.body, R"({"taskToken":"token"})");
}

TEST_F(FrontTest, DroppedReplyIsAnswered) {  // as at shutdown
  auto drop = [](Context&, const states::GetActivityTaskInput&, Reply<states::GetActivityTaskOutput> reply) {
    Reply<states::GetActivityTaskOutput> last_owner = std::move(reply);
  };
  ServiceTable table = list(async_op<states::GetActivityTask>(drop));
  Front front({&table});
  HttpRequest request{"POST", "/", "", {{"x-amz-target", "AWSStepFunctions.GetActivityTask"}}, {}, ""};
  request.body.bytes = R"({"activityArn":"arn:x"})";
  std::vector<int> statuses;
  Route route = front.route(request, "states");
  front.dispatch(fake_.context, route, std::move(request),
                 [&](HttpResponse response) { statuses.push_back(response.status); });
  EXPECT_EQ(statuses, std::vector<int>{503});
}

TEST_F(FrontTest, FloodOfParametersIsRefused) {
  std::string form = "Action=GetCallerIdentity";
  for (int i = 0; i < 10'000; ++i) form += "&p" + std::to_string(i) + "=1";
  EXPECT_NE(send_form(form, "sts").body.find("<Code>MalformedQueryString</Code>"), std::string::npos);
}

TEST_F(FrontTest, TargetOfAnotherServiceThanTheCredentials) {
  HttpRequest request{"POST", "/", "", {{"x-amz-target", "AWSStepFunctions.StartExecution"}}, {}, ""};
  HttpResponse response = send(std::move(request), "logs");
  EXPECT_EQ(response.status, 403);
  EXPECT_NE(response.body.find("Credential should be scoped to correct service: 'states'."), std::string::npos);
}

TEST_F(FrontTest, ModelledErrorHasTypeAndMessage) {
  HttpResponse response = send_json("StartExecution", R"({"stateMachineArn":"arn:x","name":"gone"})");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, R"({"__type":"StateMachineDoesNotExist","message":"State Machine Does Not Exist: 'x'"})");
}

TEST_F(FrontTest, ConstraintErrorsInAwsWords) {
  HttpResponse response = send_json("StartExecution", R"({"name":")" + std::string(81, 'A') + R"("})");
  EXPECT_EQ(response.body,
            R"({"__type":"ValidationException","message":"2 validation errors detected: Value ')" +
                std::string(81, 'A') +
                "' at 'name' failed to satisfy constraint: Member must have length less than or equal to 80; "
                R"(Value null at 'stateMachineArn' failed to satisfy constraint: Member must not be null"})");
}

TEST_F(FrontTest, WrongKindIsASerializationException) {
  HttpResponse response = send_json("StartExecution", R"({"stateMachineArn":1})");
  EXPECT_EQ(response.body,
            R"({"__type":"SerializationException","Message":"NUMBER_VALUE can not be converted to a String"})");
  EXPECT_EQ(send_json("StartExecution", "{").status, 400);
}

TEST_F(FrontTest, UnservedAndUnknownOperationsAreToldApart) {
  HttpResponse unserved = send_json("TestState", "{}");
  EXPECT_EQ(unserved.status, 501);
  EXPECT_NE(unserved.body.find("TestState is an operation of AWS Step Functions that Penstock does not serve"),
            std::string::npos);
  HttpResponse unknown = send_json("Frobnicate", "{}");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_NE(unknown.body.find("UnknownOperationException"), std::string::npos);
}

TEST_F(FrontTest, UnknownServiceIsNamed) {
  HttpResponse response = send(HttpRequest{"GET", "/", "", {}, {}, ""}, "lambda");
  EXPECT_EQ(response.status, 501);
  EXPECT_NE(response.body.find("'lambda'"), std::string::npos);
}

TEST_F(FrontTest, QueryCallIsAnsweredInXml) {
  HttpResponse response = send_form("Action=GetCallerIdentity&Version=2011-06-15", "sts");
  EXPECT_EQ(response.body,
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>"
            "<UserId>root</UserId><Account>123456789012</Account><Arn>a&lt;b</Arn></GetCallerIdentityResult>"
            "<ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>\n");
}

TEST_F(FrontTest, QueryListsAndErrors) {
  std::string call = "Action=TagRole&Version=2010-05-08&RoleName=r&Tags.member.1.Key=a&Tags.member.1.Value=1";
  EXPECT_EQ(send_form(call + "&Tags.member.2.Key=team&Tags.member.2.Value=x+y", "iam").status, 200);
  HttpResponse missing = send_form(call, "iam");
  EXPECT_EQ(missing.status, 404);
  EXPECT_NE(missing.body.find("<Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>no tags</Message></Error>"),
            std::string::npos);
  HttpResponse invalid = send_form("Action=TagRole&RoleName=r%20r&Tags.member.1.Key=a&Tags.member.1.Value=1", "iam");
  EXPECT_NE(
      invalid.body.find("<Code>ValidationError</Code><Message>1 validation error detected: Value 'r r' at 'roleName'"),
      std::string::npos);
}

TEST_F(FrontTest, QueryActionInTheBodyNeedsTheBody) {
  HttpRequest request{"POST", "/", "", {{"content-length", "40"}}, {}, ""};
  EXPECT_TRUE(front_.route(request, "sts").needs_body);
  request.body.bytes = "Action=GetCallerIdentity";
  Route route = front_.route(request, "sts");
  ASSERT_NE(route.operation, nullptr);
  EXPECT_EQ(route.operation->model->iam_action, "sts:GetCallerIdentity");
}

TEST_F(FrontTest, S3ListInPathAndVirtualHostStyle) {
  HttpRequest path_style{"GET", "/b1/", "list-type=2", {{"host", "127.0.0.1:4700"}}, {}, ""};
  HttpResponse response = send(path_style, "s3");
  EXPECT_NE(response.body.find("<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"),
            std::string::npos);
  EXPECT_NE(response.body.find("<Name>b1</Name>"), std::string::npos);
  EXPECT_NE(response.body.find("<Contents><Key>a&amp;b</Key><Size>3</Size></Contents><Contents>"), std::string::npos);
  for (const char* host : {"b1.localhost:4700", "b1.s3.us-west-2.amazonaws.com", "b1.s3.localhost"}) {
    HttpRequest host_style{"GET", "/", "list-type=2", {{"host", host}}, {}, ""};
    EXPECT_EQ(send(host_style, "s3").body, response.body) << host;
  }
}

TEST_F(FrontTest, S3PutKeepsKeyBodyAndMetadata) {
  HttpRequest request{"PUT", "/b/a%20%2B/c%C3%A9", "", {{"host", "localhost"}, {"x-amz-meta-who", "me"}}, {}, ""};
  request.body.bytes = "data";
  Route route = front_.route(request, "s3");
  EXPECT_TRUE(route.streams_body);
  EXPECT_TRUE(route.operation->blocking);
  EXPECT_EQ(route.label("Key"), "a +/c\u00e9");
  HttpResponse response = send(request, "s3");
  EXPECT_NE(std::find(response.headers.begin(), response.headers.end(),
                      std::pair<std::string, std::string>("ETag", "a +/c\u00e9|data|me")),
            response.headers.end());
}

TEST_F(FrontTest, S3RangeIs206AndErrorsCarryTheirFields) {
  HttpRequest ranged{"GET", "/b/k", "", {{"range", "bytes=0-1"}}, {}, ""};
  EXPECT_EQ(send(ranged, "s3").status, 206);
  HttpRequest plain{"GET", "/b/k", "", {}, {}, ""};
  HttpResponse response = send(plain, "s3");
  EXPECT_EQ(response.status, 404);
  EXPECT_NE(response.body.find("<Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>k</Key>"
                               "<RequestId>request-1</RequestId><HostId>"),
            std::string::npos);
}

TEST_F(FrontTest, S3LocationIsTheRootElement) {
  HttpResponse response = send(HttpRequest{"GET", "/b", "location", {}, {}, ""}, "s3");
  EXPECT_NE(response.body.find("<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">eu-west-1</"),
            std::string::npos);
}

TEST_F(FrontTest, S3UnservedSubresourceIsNamed) {
  HttpResponse one = send(HttpRequest{"GET", "/b", "analytics&id=1", {}, {}, ""}, "s3");
  EXPECT_EQ(one.status, 501);
  EXPECT_NE(one.body.find("GetBucketAnalyticsConfiguration is"), std::string::npos);
  HttpResponse all = send(HttpRequest{"GET", "/b", "analytics", {}, {}, ""}, "s3");
  EXPECT_NE(all.body.find("ListBucketAnalyticsConfigurations is"), std::string::npos);
}

TEST_F(FrontTest, InvokeSpeaksPascalCaseAndIsoTimes) {
  Json parameters = Json::object({{"StateMachineArn", "arn:x"}, {"Name", "n"}});
  auto result = invoke("sfn", "startExecution", parameters);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(to_string(*result), R"({"ExecutionArn":"arn:x:n","StartDate":"2024-11-24T10:15:00.123Z"})");
}

TEST_F(FrontTest, InvokeRefusesUnknownFieldsAndWrongTypes) {
  auto unknown = invoke("states", "startExecution", Json::object({{"Foo", 1}}));
  EXPECT_EQ(unknown.error().message, "The field \"Foo\" is not supported by Step Functions");
  auto wrong = invoke("states", "startExecution", Json::object({{"Name", 1}}));
  EXPECT_EQ(wrong.error().message, "The value for the field 'Name' must be a STRING");
}

TEST_F(FrontTest, InvokeReadsAnObjectIntoText) {
  auto result = invoke("s3", "getObject", Json::object({{"Bucket", "b"}, {"Key", "k"}, {"Range", "bytes=0-1"}}));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->text("Body"), "ab");
}

}  // namespace
}  // namespace penstock::aws
