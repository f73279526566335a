#include "server/stop_signal.h"

#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

namespace penstock::server {

struct StopSignal::State {
  boost::asio::io_context context{1};
  boost::asio::signal_set signals{context, SIGTERM, SIGINT};
};

StopSignal::StopSignal() : state_(std::make_unique<State>()) {
  // Whoever started us may have blocked them for itself.
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGTERM);
  sigaddset(&awaited, SIGINT);
  pthread_sigmask(SIG_UNBLOCK, &awaited, nullptr);
  // A handler, not SIG_IGN, which a program we start would inherit.
  struct sigaction nothing {};
  nothing.sa_handler = [](int) {};
  sigaction(SIGPIPE, &nothing, nullptr);
}

StopSignal::~StopSignal() = default;

void StopSignal::wait() {
  state_->signals.async_wait([](const boost::system::error_code&, int) {});
  state_->context.run();
}

}  // namespace penstock::server
