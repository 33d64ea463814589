"""Shared setup of the tests of deploy/spark: the package on the path, a scratch folder and a Spark
session in this process.
"""

import os
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "deploy/spark"
SCRATCH = tempfile.TemporaryDirectory()
HERE = pathlib.Path(SCRATCH.name)
PROGRAM = str(ROOT / "bin/reviewlens")

sys.path.insert(0, str(PACKAGE))


def session(settings=None):
    """Returns a Spark session whose workers find the package and the program; plain `local` would
    not retry a failed task.
    """
    from pyspark.sql import SparkSession

    os.environ["REVIEWLENS"] = PROGRAM
    os.environ["PYTHONPATH"] = str(PACKAGE)
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    builder = SparkSession.builder
    for key, value in {
        "spark.master": "local[2,4]",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.driver.memory": "1g",
        "spark.local.dir": str(HERE / "spark"),
        "spark.sql.warehouse.dir": str(HERE / "warehouse"),
        **(settings or {}),
    }.items():
        builder = builder.config(key, value)
    made = builder.getOrCreate()
    made.sparkContext.setLogLevel("OFF")
    return made
