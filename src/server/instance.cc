#include "server/instance.h"

#include <filesystem>
#include <functional>
#include <utility>

#include "aws/authorization/authorization.h"
#include "aws/cloudformation/resources.h"
#include "aws/cloudformation/service.h"
#include "aws/context.h"
#include "aws/delivery/deliverer.h"
#include "aws/events/rules.h"
#include "aws/events/service.h"
#include "aws/iam/service.h"
#include "aws/integration/integrations.h"
#include "aws/kms/service.h"
#include "aws/logs/service.h"
#include "aws/protocol/front.h"
#include "aws/s3/encryption.h"
#include "aws/s3/lifecycle.h"
#include "aws/s3/service.h"
#include "aws/sagemaker/service.h"
#include "aws/scheduler/agenda.h"
#include "aws/scheduler/service.h"
#include "aws/ssm/service.h"
#include "aws/states/service.h"
#include "aws/sts/service.h"
#include "core/event/bus.h"
#include "core/execution/engine.h"
#include "core/job/credentials.h"
#include "core/job/manager.h"
#include "core/keys/keyring.h"
#include "core/stack/stacks.h"
#include "server/gateway.h"
#include "server/http_server.h"
#include "server/worker_pool.h"
#include "store/artifacts.h"
#include "store/database.h"
#include "store/journal.h"
#include "store/log_lines.h"
#include "store/metric_points.h"
#include "store/objects.h"
#include "store/records.h"

namespace penstock::server {

namespace {

constexpr size_t stack_threads_max = 8;  // that make stacks' resources; started when there are some to make
constexpr int64_t day_microseconds = 86'400'000'000;
constexpr int execution_threads = 2;  // that do tasks and long runs; requests run on their own

// How clients on this machine, and jobs, reach what listens on `bind`.
std::string endpoint_of(const std::string& bind, uint16_t port) {
  std::string host = bind;
  if (bind == "0.0.0.0") host = "127.0.0.1";
  if (bind == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return "http://" + host + ":" + std::to_string(port);
}

}  // namespace

// In the order of construction; `close` undoes it backwards.
struct Instance::State {
  State(Disk& the_disk, Clock& the_wall, Random& the_random, Options the_options)
      : disk(the_disk),
        wall(the_wall),
        random(the_random),
        options(std::move(the_options)),
        log(wall, Log::Level::info) {}

  Clock& clock() { return own_clock ? *own_clock : wall; }
  Outcome<void> open_store();
  Outcome<void> open_jobs();
  void build_front();
  void close();

  Disk& disk;
  Clock& wall;  // real time
  Random& random;
  Options options;
  Log log;
  std::unique_ptr<Clock> own_clock;  // the virtual one
  WorkerPool workers;
  std::unique_ptr<HttpServer> http;
  std::string endpoint;
  std::string spool;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::Records> records;
  std::unique_ptr<keys::Keyring> keyring;
  std::unique_ptr<store::Objects> objects;
  std::unique_ptr<store::LogLines> log_lines;
  std::unique_ptr<store::MetricPoints> metric_points;
  std::unique_ptr<store::Artifacts> artifacts;
  event::Bus bus;
  std::unique_ptr<access::Access> access;
  std::unique_ptr<job::Manager> jobs;
  std::unique_ptr<store::Journal> journal;
  std::unique_ptr<execution::Revisions> revisions;
  std::unique_ptr<execution::Engine> executions;
  WorkerPool stack_workers{stack_threads_max};
  std::unique_ptr<stack::Stacks> stacks;
  std::unique_ptr<aws::Platform> platform;
  std::unique_ptr<aws::authorization::Authorization> authorization;
  std::unique_ptr<aws::Front> front;
  std::unique_ptr<aws::integration::Integrations> integrations;
  std::unique_ptr<aws::cloudformation::Resources> resources;
  std::unique_ptr<aws::delivery::Deliverer> deliverer;
  std::unique_ptr<aws::events::Rules> rules;
  std::unique_ptr<aws::scheduler::Agenda> agenda;
  std::unique_ptr<aws::s3::Lifecycle> lifecycle;
  std::unique_ptr<Gateway> gateway;
};

Outcome<void> Instance::State::open_store() {
  Outcome<void> made = disk.make_folders(options.data);
  if (!made) return made;
  auto opened = store::Database::open(disk, options.data, {});
  if (!opened) return opened.error();
  database = std::move(*opened);
  // What bodies a crash left half read; after the lock of the store, so that they are nobody else's.
  spool = options.data + "/spool";
  Outcome<void> swept = disk.remove_tree(spool);
  if (!swept) return swept;
  made = disk.make_folders(spool);
  if (!made) return made;
  records = store::Records::open(*database);
  auto opened_keyring = keys::Keyring::open(disk, random, clock(), *records, options.data);
  if (!opened_keyring) return opened_keyring.error();
  keyring = std::move(*opened_keyring);
  if (options.encrypt_at_rest) keyring->seal_all();
  auto opened_objects = store::Objects::open(*database, disk, clock(), random, options.data,
                                             [this](const Json& envelope, std::string_view secret) {
                                               return aws::s3::open_data_key(*keyring, envelope, secret);
                                             });
  if (!opened_objects) return opened_objects.error();
  objects = std::move(*opened_objects);
  log_lines = store::LogLines::open(*database);
  metric_points = store::MetricPoints::open(*database);
  artifacts = store::Artifacts::open(*database);
  auto opened_access =
      access::Access::open(disk, random, wall, *records, {options.data, options.root_key, options.account});
  if (!opened_access) return opened_access.error();
  access = std::move(*opened_access);
  journal = store::Journal::open(*database);
  revisions = std::make_unique<execution::Revisions>(*records);
  executions = std::make_unique<execution::Engine>(
      execution::Engine::Parts{clock(), random, log, *database, *journal, *log_lines, *revisions, bus, *records});
  stacks = std::make_unique<stack::Stacks>(stack::Stacks::Parts{
      clock(), random, log, *records, [this](std::function<void()> work) { stack_workers.post(std::move(work)); },
      [this](Time due, std::function<void()> ring) { executions->set_patient_alarm(due, std::move(ring)); }, &bus});
  return open_jobs();
}

Outcome<void> Instance::State::open_jobs() {
  job::Settings settings;
  settings.data = options.data;
  settings.supervisor = {options.program, "supervise"};
  settings.credentials = [this](const job::Spec& spec) {
    job::Variables variables = job::role_credentials(*access, spec);
    if (authorization) authorization->begin_job(spec, variables.front().second);
    return variables;
  };
  settings.permit = [this](const job::Spec& spec) {
    return authorization ? authorization->check_job(spec) : Outcome<void>();
  };
  settings.encrypt = [this](const job::Spec& spec, store::NewObject& object) {
    aws::Context context = aws::authorization::context_of_job(*platform, spec);
    return aws::s3::encrypt_output(context, object, spec.output_key);
  };
  // Jobs run in real time, whatever clock the executions go by.
  auto opened = job::Manager::open(
      {wall, disk, random, log, *database, *records, *objects, *log_lines, *metric_points, *artifacts, bus},
      std::move(settings));
  if (!opened) return opened.error();
  jobs = std::move(*opened);
  return {};
}

void Instance::State::build_front() {
  if (options.iam != Iam::off) {
    using Mode = aws::authorization::Authorization::Mode;
    authorization = std::make_unique<aws::authorization::Authorization>(
        *platform, options.iam == Iam::log ? Mode::log : Mode::enforce);
    platform->guard = authorization.get();
  }
  front = std::make_unique<aws::Front>(std::vector<const aws::ServiceTable*>{
      &aws::sts::service(), &aws::iam::service(), &aws::s3::service(), &aws::logs::service(),
      &aws::sagemaker::service(), &aws::states::service(), &aws::cloudformation::service(), &aws::events::service(),
      &aws::scheduler::service(), &aws::kms::service(), &aws::ssm::service()});
  integrations = std::make_unique<aws::integration::Integrations>(*platform, *front);
  resources = std::make_unique<aws::cloudformation::Resources>(*platform, *front);
  deliverer = std::make_unique<aws::delivery::Deliverer>(*platform, *front);
  rules = std::make_unique<aws::events::Rules>(*platform, *deliverer, options.virtual_days * day_microseconds);
  platform->sides.add(*rules);
  agenda =
      std::make_unique<aws::scheduler::Agenda>(*platform, *front, *deliverer, options.virtual_days * day_microseconds);
  platform->sides.add(*agenda);
  lifecycle = std::make_unique<aws::s3::Lifecycle>(*platform, options.virtual_days * day_microseconds);
  platform->sides.add(*lifecycle);
  gateway = std::make_unique<Gateway>(*platform, *front, workers, Gateway::Options{spool});
}

void Instance::State::close() {
  if (executions) executions->stop_threads();  // and answers long polls, which would hold up the drain
  if (http) http->drain();
  workers.stop();
  stack_workers.stop();
  if (http) http->stop();
  gateway.reset();
  stacks.reset();
  resources.reset();
  lifecycle.reset();
  agenda.reset();
  rules.reset();
  deliverer.reset();
  integrations.reset();
  front.reset();
  jobs.reset();  // its threads ask `authorization`
  authorization.reset();
  platform.reset();
  executions.reset();
  revisions.reset();
  journal.reset();
  access.reset();
  artifacts.reset();
  metric_points.reset();
  log_lines.reset();
  objects.reset();
  keyring.reset();
  records.reset();
  database.reset();
  http.reset();
}

Instance::Instance(std::unique_ptr<State> state) : state_(std::move(state)) {}
Instance::~Instance() {
  stop();
}

const std::string& Instance::endpoint() const {
  return state_->endpoint;
}

void Instance::stop() {
  state_->close();
}

Outcome<std::unique_ptr<Instance>> Instance::start(Disk& disk, Clock& wall, Random& random, Options options) {
  options.data = std::filesystem::absolute(options.data).lexically_normal().string();
  while (options.data.size() > 1 && options.data.ends_with('/')) options.data.pop_back();
  auto state = std::make_unique<State>(disk, wall, random, std::move(options));
  if (state->options.virtual_clock) state->own_clock = std::make_unique<VirtualClock>(wall.now());
  Outcome<void> opened = state->open_store();
  if (!opened) return opened.error();

  HttpServer::Options http;
  http.bind = state->options.bind;
  http.port = state->options.port;
  auto listening = HttpServer::listen(http, state->workers, disk, wall, state->log);
  if (!listening) return listening.error();
  state->http = std::move(*listening);
  state->endpoint = endpoint_of(http.bind, state->http->port());

  Clock& clock = state->clock();
  state->platform = std::make_unique<aws::Platform>(
      aws::Platform{clock, random, disk, state->log, *state->database, *state->records, *state->objects,
                    *state->log_lines, state->bus, *state->access, *state->jobs, *state->executions, *state->stacks,
                    *state->keyring, state->access->account(), state->endpoint, state->options.data});
  state->build_front();
  Outcome<void> recovered = state->executions->recover(*state->integrations);
  if (!recovered) return recovered.error();
  state->executions->start_threads(execution_threads);
  state->stacks->recover(*state->resources);
  state->deliverer->recover();
  state->rules->start();
  state->agenda->start();
  state->lifecycle->start();
  state->http->serve(*state->gateway);
  state->jobs->start(state->endpoint);
  return std::unique_ptr<Instance>(new Instance(std::move(state)));
}

}  // namespace penstock::server
