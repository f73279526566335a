#include "store/artifacts.h"

namespace penstock::store {

namespace {

class SqliteArtifacts final : public Artifacts {
 public:
  explicit SqliteArtifacts(Database& database) : database_(database) {}

  Sequence add(const std::vector<Artifact>& artifacts) override {
    return database_.write([artifacts](Connection& connection) {
      for (const Artifact& artifact : artifacts) {
        connection
            .prepare(
                "INSERT INTO artifact (job, direction, name, uri, digest, bytes, recorded) VALUES (?1, ?2, ?3, ?4, ?5, "
                "?6, ?7)")
            .bind(1, artifact.job)
            .bind(2, std::string_view(artifact.direction == Artifact::Direction::input ? "input" : "output"))
            .bind(3, artifact.name)
            .bind(4, artifact.uri)
            .bind(5, artifact.digest)
            .bind(6, artifact.bytes)
            .bind(7, artifact.recorded.microseconds)
            .step();
      }
    });
  }

  std::vector<Artifact> of_job(std::string_view job) override {
    std::vector<Artifact> artifacts;
    database_.read([&](Connection& connection) {
      Statement row = connection.prepare(
          "SELECT job, direction, name, uri, digest, bytes, recorded FROM artifact WHERE job = ?1 ORDER BY id");
      row.bind(1, job);
      while (row.step()) {
        Artifact& artifact = artifacts.emplace_back();
        artifact.job = row.text(0);
        artifact.direction = row.text(1) == "input" ? Artifact::Direction::input : Artifact::Direction::output;
        artifact.name = row.text(2);
        artifact.uri = row.text(3);
        artifact.digest = row.text(4);
        artifact.bytes = row.integer(5);
        artifact.recorded = Time{row.integer(6)};
      }
    });
    return artifacts;
  }

 private:
  Database& database_;
};

}  // namespace

std::unique_ptr<Artifacts> Artifacts::open(Database& database) {
  return std::make_unique<SqliteArtifacts>(database);
}

}  // namespace penstock::store
