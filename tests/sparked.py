"""One small Spark for all tests that need one."""

import os
import sys

import pytest

# Without compiling the stages of queries, and without the second of Java's compilers: for so few rows either takes
# longer than it saves.
SPARK = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.shuffle.partitions": "1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.default.parallelism": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.memory": "2g",
}


@pytest.fixture(scope="session")
def spark_session():
    """One small local Spark for all tests."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # or its workers are the first Python of the path
    builder = SparkSession.builder.master("local[2]").appName("tests")
    for key, value in SPARK.items():
        builder = builder.config(key, value)
    running = builder.getOrCreate()
    yield running
    running.stop()
