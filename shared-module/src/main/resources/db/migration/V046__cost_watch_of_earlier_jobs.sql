-- Jobs that ended under a release which told of no settled cost: whoever was told that a cost is not final is told when
-- it is. What an old process ends while this one starts is added when its call settles.
INSERT INTO cost_watch (job_id)
SELECT job.id
  FROM (SELECT job_id FROM ledger_entry WHERE status = 'unconfirmed' AND settled_at IS NULL
        UNION
        SELECT job_id FROM call WHERE status = 'in_flight') open
  JOIN job ON job.id = open.job_id AND job.finished_at IS NOT NULL
  JOIN job_input input ON input.job_id = job.id AND input.job_created_at = job.created_at AND input.webhook_url IS NOT NULL
    ON CONFLICT DO NOTHING;
