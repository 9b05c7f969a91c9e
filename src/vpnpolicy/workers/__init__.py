"""Workers: tasks in processes of their own, with a time limit, on this machine or a Dask cluster.

A task is a map of plain values. A module named to the workers has ``run(task, work)``, which does a
task in the private folder ``work`` and returns its result; ``warm_up(*arguments)``, which loads what
tasks share; and ``localise(task, work)``, which returns a task as it is on another machine.
"""
