-- Texts, calls, ledger and messages are kept for different times and are large: they live in partitions by the month (UTC) in
-- which their job or call was created, so that forgetting a month is dropping a table. Unique keys carry that time.
--
-- A month of which the default partition holds rows cannot have its own any more, and one whose locks are not to be had
-- soon must not hold up those who write: both are skipped, with a warning. Returns how many.
CREATE FUNCTION ensure_month_partitions(parent text, first_month date, months integer) RETURNS integer
    LANGUAGE plpgsql
    SET lock_timeout = '2s' AS $$
DECLARE
    month   date;
    skipped integer := 0;
BEGIN
    FOR i IN 0 .. months - 1 LOOP
        month := (date_trunc('month', first_month) + make_interval(months => i))::date;
        BEGIN
            EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                           parent || '_' || to_char(month, 'YYYY_MM'), parent,
                           to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00',
                           to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
        EXCEPTION WHEN check_violation OR lock_not_available THEN
            RAISE WARNING 'no partition of % for %: %', parent, to_char(month, 'YYYY-MM'), SQLERRM;
            skipped := skipped + 1;
        END;
    END LOOP;
    RETURN skipped;
END
$$;
