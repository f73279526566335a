"""DBOS with SQLite: WORKFLOWS workflows of STEPS durable steps each, started at once: prints steps a second."""
import sys
import tempfile
import time

from dbos import DBOS, DBOSConfig

WORKFLOWS, STEPS = int(sys.argv[1]), int(sys.argv[2])


@DBOS.step()
def step(number):
    return number


@DBOS.workflow()
def workflow():
    for number in range(STEPS):
        step(number)


def main():
    with tempfile.TemporaryDirectory() as folder:
        DBOS(config=DBOSConfig(name="peer", system_database_url=f"sqlite:///{folder}/dbos.sqlite", run_admin_server=False, log_level="ERROR"))
        DBOS.launch()
        DBOS.start_workflow(workflow).get_result()
        began = time.perf_counter()
        for handle in [DBOS.start_workflow(workflow) for _ in range(WORKFLOWS)]:
            handle.get_result()
        print(WORKFLOWS * STEPS / (time.perf_counter() - began))
        DBOS.destroy()


if __name__ == "__main__":
    main()
