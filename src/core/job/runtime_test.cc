#include "core/job/runtime.h"

#include <gtest/gtest.h>

#include "core/job/instance.h"

namespace penstock::job {
namespace {

TEST(Runtime, patterns) {
  EXPECT_TRUE(matches_pattern("*sagemaker-scikit-learn:*",
                              "1.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:0.20.0-cpu-py3"));
  EXPECT_FALSE(matches_pattern("*sagemaker-scikit-learn:*", "sagemaker-scikit-learn"));
  EXPECT_TRUE(matches_pattern("a*b*c", "aXbYbZc"));
  EXPECT_FALSE(matches_pattern("a*b*c", "aXbYbZ"));
  EXPECT_TRUE(matches_pattern("*", ""));
}

// Every region's registry of SageMaker's own algorithms names them alike.
TEST(Runtime, ImagesOfSagemakersOwnAlgorithms) {
  SystemDisk disk;
  Outcome<Runtimes> runtimes = Runtimes::open(disk, "");
  ASSERT_TRUE(runtimes.ok()) << runtimes.error().message;
  for (const auto& [image, algorithm] :
       {std::pair{"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1", "xgboost"},
        {"811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:latest", "xgboost"},
        {"664544806723.dkr.ecr.eu-central-1.amazonaws.com/linear-learner:1", "linear-learner"},
        {"174872318107.dkr.ecr.us-west-2.amazonaws.com/kmeans:1", "kmeans"},
        {"382416733822.dkr.ecr.us-east-1.amazonaws.com/pca:1", "pca"},
        {"156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer", "model-monitor"},
        {"penstock/process", ""}}) {
    Outcome<Runtime> runtime = runtimes->find(image);
    ASSERT_TRUE(runtime.ok()) << image;
    EXPECT_EQ(builtin_algorithm(*runtime), algorithm) << image;
  }
  const Outcome<Kit> absent = Runtimes::kit("/nowhere/penstock-kit");
  ASSERT_FALSE(absent.ok());
  EXPECT_NE(absent.error().message.find("make setup build"), std::string::npos);
}

TEST(Runtime, the_shipped_list_knows_every_scikit_learn_image) {
  SystemDisk disk;
  Outcome<Runtimes> runtimes = Runtimes::open(disk, "");
  ASSERT_TRUE(runtimes.ok()) << runtimes.error().message;
  for (const char* image : {"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:0.20.0-cpu-py3",
                            "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"}) {
    Outcome<Runtime> runtime = runtimes->find(image);
    ASSERT_TRUE(runtime.ok());
    EXPECT_EQ(runtime->python, "scikit-learn");
    EXPECT_TRUE(runtime->script_mode);
    bool old = std::string_view(image).find(":0.20.") != std::string_view::npos;
    EXPECT_EQ(runtime->compatibility, old ? "scikit-learn-0.20" : "");
  }
  EXPECT_FALSE(runtimes->find("tensorflow").ok());
}

TEST(Runtime, a_wrong_file_is_refused_with_its_line) {
  auto message = [](const char* yaml) {
    Outcome<std::vector<Runtime>> read = parse_runtimes(yaml, "runtimes.yaml");
    return read ? std::string("accepted") : read.error().message;
  };
  EXPECT_EQ(message("runtimes:\n  mine:\n    images: [a]\n    pyton: x\n"),
            "runtimes.yaml:4: runtime 'mine' has an unknown key 'pyton' (did you mean 'python'?)");
  EXPECT_EQ(message("runtimes:\n  mine: {python: x}\n"), "runtimes.yaml:2: runtime 'mine' names no images");
  EXPECT_EQ(message("runtimes:\n  a: {images: [a]}\n  a: {images: [b]}\n"),
            "runtimes.yaml:3: runtime 'a' stands twice");
  EXPECT_EQ(message("runtimes:\n  a:\n    images: [a]\n    python: x\n    compatibility: y\n"),
            "runtimes.yaml:5: runtime 'a' has an unknown compatibility 'y'; there is 'scikit-learn-0.20'");
  EXPECT_EQ(message("runtimes:\n  a: {images: [a], compatibility: scikit-learn-0.20}\n"),
            "runtimes.yaml:2: runtime 'a' has a compatibility, which needs 'python'");
  EXPECT_NE(message("runtimes: [").find("runtimes.yaml:"), std::string::npos);
  EXPECT_EQ(message(""), "accepted");
}

TEST(Runtime, an_environment_that_is_not_there_says_how_to_make_it) {
  SystemDisk disk;
  Outcome<Runtimes> runtimes = Runtimes::open(disk, "", "/nonexistent");
  Outcome<Runtime> runtime = runtimes->find("x/sagemaker-scikit-learn:1");
  Outcome<Python> python = runtimes->python(*runtime);
  ASSERT_FALSE(python.ok());
  EXPECT_NE(python.error().message.find("scripts/python_environment.sh runtimes/scikit-learn.txt"), std::string::npos);
}

TEST(Instance, by_family_and_size) {
  EXPECT_EQ(find_instance("ml.m5.xlarge")->memory_bytes, 16LL << 30);
  EXPECT_EQ(find_instance("ml.m5.xlarge")->cores, 4);
  EXPECT_EQ(find_instance("ml.c5.18xlarge")->memory_bytes, 144LL << 30);
  EXPECT_EQ(find_instance("ml.t3.medium")->memory_bytes, 4LL << 30);
  EXPECT_EQ(find_instance("ml.r5.24xlarge")->cores, 96);
  EXPECT_FALSE(find_instance("local"));
  EXPECT_FALSE(find_instance("ml.unknown.xlarge"));
}

}  // namespace
}  // namespace penstock::job
