// Submits a few jobs, and asks for a result that it got once more: it must be the same.

machine Client {
    var executors: seq[machine];
    var results: map[int, int];

    start state Working {
        entry (given: (executors: seq[machine], jobs: int)) {
            executors = given.executors;
            while (given.jobs > 0) {
                given.jobs = given.jobs - 1;
                send executors[choose(sizeof(executors))], eSubmit, (client = this,);
            }
        }
        on eSubmitted do (job: int) {
            announce eTold, job;
            send executors[HomeOf(job)], eQuery, (client = this, job = job);
        }
        on eAnswer do (answer: (job: int, value: int)) {
            if (answer.job in results) {
                assert results[answer.job] == answer.value, format("job {0}: {1}, then {2}", answer.job, results[answer.job], answer.value);
            }
            results[answer.job] = answer.value;
        }
    }
}
