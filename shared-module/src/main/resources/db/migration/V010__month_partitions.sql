-- Texts, calls, ledger and messages are kept for different times and are large: they live in partitions by the month (UTC) in
-- which their job or call was created, so that forgetting a month is dropping a table. Unique keys carry that time.
CREATE FUNCTION ensure_month_partitions(parent text, first_month date, months integer) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    month date;
BEGIN
    FOR i IN 0 .. months - 1 LOOP
        month := (date_trunc('month', first_month) + make_interval(months => i))::date;
        EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                       parent || '_' || to_char(month, 'YYYY_MM'), parent,
                       to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00',
                       to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
    END LOOP;
END
$$;
