// The pipelines of examples/census, defined in C++: `census_pipelines training` prints the definition; `... training
// cloudformation|schema|svg` the template, the schema of the input, the graph.
#include <penstock/define.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

using namespace penstock::define;

namespace {

constexpr const char* local = "/opt/ml/processing";

std::vector<InputField> fields(std::vector<InputField> more) {
  std::vector<InputField> all = {{"RawDataUri", Type::text, "S3 URI of the raw data"},
                                 {"CodeUri", Type::text, "S3 URI of the folder with the scripts"},
                                 {"OutputBucket"},
                                 {"OutputPrefix"},
                                 {"RoleArn", Type::text, "role of the jobs"},
                                 {"ImageUri"},
                                 {"InstanceType"}};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

// A folder of this execution's own.
Value folder(const ExecutionInput& input, const std::string& name) {
  return format("s3://{}/{}/{}/" + name, {input["OutputBucket"], input["OutputPrefix"], execution_name()});
}

Value code(const ExecutionInput& input) {
  return s3_input("code", input["CodeUri"], std::string(local) + "/input/code");
}

Value data(const std::string& name, Value uri) {
  return s3_input(name, std::move(uri), std::string(local) + "/input/" + name);
}

Value output(const ExecutionInput& input, const std::string& name) {
  return s3_output(name, folder(input, name), std::string(local) + "/output/" + name);
}

// A processing job of one script, with what all of them share.
ProcessingJob script(const ExecutionInput& input, const std::string& job, const std::string& file) {
  return {.name = format("census-" + job + "-{}", execution_name()),
          .role = input["RoleArn"],
          .image = input["ImageUri"],
          .entrypoint = {"python3", std::string(local) + "/input/code/" + file},
          .instance_type = input["InstanceType"],
          .max_runtime_seconds = 1200};
}

Value output_uri(const Step& step, int index) {
  return step.result()["ProcessingOutputConfig"]["Outputs"][index]["S3Output"]["S3Uri"];
}

Step preprocess(Pipeline& pipeline, const ExecutionInput& input) {
  ProcessingJob job = script(input, "preprocess", "preprocess.py");
  job.arguments = list({"--mode", "train", "--test-share", format("{}", input["TestShare"])});
  job.inputs = {data("raw", input["RawDataUri"]), code(input)};
  job.outputs = {output(input, "train"), output(input, "test"), output(input, "transformer")};
  Step step = pipeline.processing_job("Preprocess", job);
  step.keep(
      "data",
      {{"TrainUri", output_uri(step, 0)}, {"TestUri", output_uri(step, 1)}, {"TransformerUri", output_uri(step, 2)}});
  return step;
}

Step train(Pipeline& pipeline, const ExecutionInput& input, const Step& prepared) {
  Step step = pipeline.training_job(
      "Train",
      {.name = format("census-train-{}", execution_name()),
       .role = input["RoleArn"],
       .image = input["ImageUri"],
       .hyperparameters = {{"sagemaker_program", "train.py"},
                           {"sagemaker_submit_directory", input["SourceUri"]},
                           {"max-iter", format("{}", input["MaxIterations"])}},
       .channels = {channel("train", prepared.output("TrainUri")), channel("test", prepared.output("TestUri"))},
       .output_path = folder(input, "model"),
       .metrics = {metric("validation:accuracy", "validation:accuracy=([0-9.]+)"),
                   metric("validation:auc", "validation:auc=([0-9.]+)")},
       .instance_type = input["InstanceType"],
       .max_runtime_seconds = 3600});
  step.keep("model", {{"ModelUri", step.result()["ModelArtifacts"]["S3ModelArtifacts"]}});
  return step;
}

Step evaluate(Pipeline& pipeline, const ExecutionInput& input, const Step& prepared, const Step& trained) {
  ProcessingJob job = script(input, "evaluate", "evaluate.py");
  job.inputs = {data("model", trained.output("ModelUri")), data("test", prepared.output("TestUri")), code(input)};
  job.outputs = {output(input, "evaluation")};
  Step step = pipeline.processing_job("Evaluate", job);
  step.keep("evaluation", {{"Uri", output_uri(step, 0)}});
  return step;
}

Step step_failed(Pipeline& pipeline) {
  return pipeline.fail("StepFailed", path("$.failure.Error", Type::text), path("$.failure.Cause", Type::text));
}

Pipeline training() {
  Pipeline pipeline(
      "census-training",
      {.comment =
           "Census training: preprocess, train, evaluate, quality gate. Every value comes from the execution input.",
       .timeout_seconds = 7200});
  const ExecutionInput input = pipeline.input(fields({{"SourceUri"},
                                                      {"TestShare", Type::number},
                                                      {"MaxIterations", Type::number},
                                                      {"AccuracyMin", Type::number},
                                                      {"AucMin", Type::number}}));
  Step prepared = preprocess(pipeline, input);
  Step trained = train(pipeline, input, prepared);
  Step evaluated = evaluate(pipeline, input, prepared, trained);
  Step read = pipeline.task(
      "ReadEvaluation", "aws-sdk:s3:getObject",
      object({{"Bucket", input["OutputBucket"]},
              {"Key", format("{}/{}/evaluation/evaluation.json", {input["OutputPrefix"], execution_name()})}}));
  read.keep("quality", {{"Metrics", string_to_json(read.result()["Body"])}});
  const Value accuracy = read.output("Metrics")["accuracy"];
  const Value auc = read.output("Metrics")["roc_auc"];

  Step accepted = pipeline.pass("Accepted", object({{"ModelUri", trained.output("ModelUri")},
                                                    {"TransformerUri", prepared.output("TransformerUri")},
                                                    {"EvaluationUri", evaluated.output("Uri")},
                                                    {"Accuracy", accuracy},
                                                    {"Auc", auc}}));
  Step refused = pipeline.fail("BelowQuality", "QualityGate",
                               format("accuracy {} (at least {} needed), AUC {} (at least {} needed)",
                                      {accuracy, input["AccuracyMin"], auc, input["AucMin"]}));
  Step gate = pipeline.choice("QualityGate");
  gate.when(all_of({at_least(accuracy, input["AccuracyMin"]), at_least(auc, input["AucMin"])}), accepted)
      .otherwise(refused);

  prepared.then(trained).then(evaluated).then(read).then(gate);
  Step failed = step_failed(pipeline);
  for (Step step : {prepared, trained, evaluated}) step.on_error(failed, "failure", {"States.TaskFailed"});
  return pipeline;
}

Pipeline inference() {
  Pipeline pipeline("census-inference", {.comment = "Census inference: preprocess with the trained transformer, then "
                                                    "score in batch. Every value comes from the execution input.",
                                         .timeout_seconds = 7200});
  const ExecutionInput input = pipeline.input(fields({{"TransformerUri"}, {"ModelUri"}}));

  ProcessingJob job = script(input, "prepare", "preprocess.py");
  job.arguments = list({"--mode", "infer"});
  job.inputs = {data("raw", input["RawDataUri"]), data("transformer", input["TransformerUri"]), code(input)};
  job.outputs = {output(input, "features")};
  Step prepared = pipeline.processing_job("Preprocess", job);
  prepared.keep("data", {{"FeaturesUri", output_uri(prepared, 0)}});

  job = script(input, "infer", "infer.py");
  job.inputs = {data("model", input["ModelUri"]), data("features", prepared.output("FeaturesUri")), code(input)};
  job.outputs = {output(input, "predictions")};
  Step inferred = pipeline.processing_job("Infer", job);
  inferred.keep_only({{"PredictionsUri", format("{}/predictions.csv", output_uri(inferred, 0))}});

  prepared.then(inferred);
  Step failed = step_failed(pipeline);
  for (Step step : {prepared, inferred}) step.on_error(failed, "failure", {"States.TaskFailed"});
  return pipeline;
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string_view> words(arguments + 1, arguments + count);
  if (words.empty() || words.size() > 2 || (words[0] != "training" && words[0] != "inference")) {
    std::fputs("usage: census_pipelines training|inference [asl|cloudformation|schema|svg]\n", stderr);
    return 2;
  }
  const Pipeline pipeline = words[0] == "training" ? training() : inference();
  const auto findings = pipeline.check();
  for (const Finding& finding : findings)
    std::fprintf(stderr, "%s: %s at %s\n", finding.code.c_str(), finding.message.c_str(), finding.location.c_str());
  if (!findings.empty()) return 1;
  const std::string_view form = words.size() == 2 ? words[1] : "asl";
  const std::string text = form == "cloudformation" ? pipeline.to_cloudformation()
                           : form == "schema"       ? pipeline.to_input_schema()
                           : form == "svg"          ? pipeline.to_svg()
                                                    : pipeline.to_asl();
  std::fputs(text.c_str(), stdout);
  return 0;
}
