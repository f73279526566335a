"""A training and a processing job through the SageMaker SDK 3: run by test_sagemaker_v3.py in that SDK's own environment.

    sagemaker_v3_jobs.py FOLDER BUCKET ROLE IMAGE      prints what came of them as JSON
"""
import json
import pathlib
import sys

import boto3
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig, SourceCode

TRAIN = """
import argparse, json, os
parser = argparse.ArgumentParser()
parser.add_argument("--cost", type=float)
arguments = parser.parse_args()
text = open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "a.csv")).read()
with open(os.path.join(os.environ["SM_MODEL_DIR"], "model.json"), "w") as file:
    json.dump({"cost": arguments.cost, "rows": len(text.splitlines()), "channels": os.environ["SM_CHANNELS"]}, file)
print("trained on", len(text.splitlines()), "rows")
"""
PREPARE = """
import pathlib, sys
text = pathlib.Path("/opt/ml/processing/input/a.csv").read_text()
pathlib.Path("/opt/ml/processing/output/upper.csv").write_text(text.upper() + " ".join(sys.argv[1:]))
"""


def train(session, folder, bucket, role, image):
    source = folder / "source"
    source.mkdir()
    (source / "train.py").write_text(TRAIN)
    trainer = ModelTrainer(
        training_image=image, role=role, sagemaker_session=session, base_job_name="v3-train",
        source_code=SourceCode(source_dir=str(source), entry_script="train.py"),
        compute=Compute(instance_type="ml.m5.xlarge", instance_count=1, volume_size_in_gb=1),
        hyperparameters={"cost": 0.5}, output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/models"),
    )
    data = InputData(channel_name="train", data_source=f"s3://{bucket}/raw/")
    trainer.train(input_data_config=[data], wait=True, logs=False)
    return trainer._latest_training_job


def process(session, folder, bucket, role, image):
    script = folder / "prepare.py"
    script.write_text(PREPARE)
    processor = ScriptProcessor(
        image_uri=image, command=["python3"], role=role, instance_type="ml.m5.xlarge", instance_count=1,
        volume_size_in_gb=1, base_job_name="v3-process", sagemaker_session=session,
    )
    source = ProcessingS3Input(s3_uri=f"s3://{bucket}/raw/a.csv", local_path="/opt/ml/processing/input", s3_data_type="S3Prefix", s3_input_mode="File")
    target = ProcessingS3Output(s3_uri=f"s3://{bucket}/prepared", local_path="/opt/ml/processing/output", s3_upload_mode="EndOfJob")
    processor.run(
        code=str(script), arguments=["and", "more"], wait=True, logs=False,
        inputs=[ProcessingInput(input_name="raw", s3_input=source)],
        outputs=[ProcessingOutput(output_name="prepared", s3_output=target)],
    )
    return processor.latest_job


def main(folder, bucket, role, image):
    session = Session(boto_session=boto3.Session(), default_bucket=bucket)
    folder = pathlib.Path(folder)
    trained = train(session, folder, bucket, role, image)
    trained.refresh()
    processed = process(session, folder, bucket, role, image)
    processed.refresh()
    print(json.dumps({
        "training": [trained.training_job_status, trained.model_artifacts.s3_model_artifacts],
        "processing": [processed.processing_job_status],
    }))  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
