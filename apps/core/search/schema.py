"""The SQL that stands beside a searched table: triggers that mark what changed, and the function that finds rows.

Marks are rows written in the transaction of the change itself, so that no commit order can lose one: one row for each
thousand ids of a statement, which COPY does not notice. Triggers rather than services write them: every way into the
table leads past them, one INSERT of ten thousand rows as well as somebody's correction by hand.

A removed row's words go at once, and its id is marked with a minus: a filling under way may be about to write them.
"""

from django.conf import settings
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import RunPython, RunSQL
from django.db.migrations.operations.base import Operation

from apps.core.search.tables import SearchedTable

# Text search configurations that PostgreSQL brings, by ISO 639-1 code; other languages are matched by whole words.
_CONFIGURATIONS = (
    ("da", "danish"),
    ("de", "german"),
    ("en", "english"),
    ("es", "spanish"),
    ("fi", "finnish"),
    ("fr", "french"),
    ("hu", "hungarian"),
    ("it", "italian"),
    ("nb", "norwegian"),
    ("nl", "dutch"),
    ("pt", "portuguese"),
    ("ro", "romanian"),
    ("ru", "russian"),
    ("sv", "swedish"),
    ("tr", "turkish"),
)
_CHOICES = " ".join(f"WHEN '{code}' THEN '{name}'" for code, name in _CONFIGURATIONS)

# Ids a mark: what one filling step reads at once.
_IDS_PER_MARK = 1_000

_LANGUAGE = f"""
CREATE FUNCTION search_configuration(tenant bigint) RETURNS regconfig LANGUAGE sql STABLE AS $$
    SELECT (CASE split_part(language, '-', 1) {_CHOICES} ELSE 'simple' END)::regconfig
    FROM public.tenants WHERE id = tenant
$$
"""
# Counted months: the windows in which a search goes back.
_MONTH = """
CREATE FUNCTION search_month(at timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (extract(year FROM at AT TIME ZONE 'UTC') * 12 + extract(month FROM at AT TIME ZONE 'UTC') - 1)::integer
$$
"""

_MARKING = """
CREATE FUNCTION {words}_mark_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {marks} (tenant_id, created_at, {keys})
    SELECT tenant_id, now(), array_agg(id) FROM added GROUP BY tenant_id, id / {ids_per_mark};
    RETURN NULL;
END $$;
CREATE FUNCTION {words}_mark_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {marks} (tenant_id, created_at, {keys}) VALUES (NEW.tenant_id, now(), ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE FUNCTION {words}_forget_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM {words} w USING removed r WHERE w.tenant_id = r.tenant_id AND w.{key} = r.id;
    INSERT INTO {marks} (tenant_id, created_at, {keys})
    SELECT tenant_id, now(), array_agg(-id) FROM removed GROUP BY tenant_id, id / {ids_per_mark};
    RETURN NULL;
END $$;
CREATE TRIGGER {words}_added AFTER INSERT ON {table} REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION {words}_mark_added();
CREATE TRIGGER {words}_changed AFTER UPDATE OF {watched} ON {table}
    FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION {words}_mark_changed();
CREATE TRIGGER {words}_removed AFTER DELETE ON {table} REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION {words}_forget_removed();
"""
_UNMARKING = """
DROP TRIGGER {words}_added ON {table};
DROP TRIGGER {words}_changed ON {table};
DROP TRIGGER {words}_removed ON {table};
DROP FUNCTION {words}_mark_added();
DROP FUNCTION {words}_mark_changed();
DROP FUNCTION {words}_forget_removed();
"""

# SECURITY DEFINER: the owning role reads the words without the policy that would forbid the index. What keeps tenants
# apart here is the function itself: the tenant comes from the transaction's setting, never from an argument; every
# look into the index asks for that tenant's own lexeme; ids are all that leaves,
# the newest `wanted` of them.
#
# 1. Walk back over the newest rows of the list: a page of a common word is there already. The inner OFFSET 0 keeps
#    the planner from starting at the word.
# 2. Otherwise by the index, in windows of 1, 2, 4, 8 and 16 months, newest first: reading the rows found is the cost,
#    and a word that half of all rows have must not be read through to show the newest fifty.
# 3. Otherwise all that is left.
_FINDING = """
CREATE FUNCTION {function}(query tsquery, wanted integer, starting timestamptz) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    tenant bigint := nullif(current_setting('app.tenant', true), '')::bigint;
    bound timestamptz := coalesce(starting, 'infinity');
    own text := '@' || tenant;
    windowed tsquery;
    newest timestamptz;
    month integer;
    months integer := 1;
    found bigint[];
    more bigint[];
BEGIN
    IF tenant IS NULL OR coalesce(numnode(query), 0) = 0 THEN
        RETURN '{{}}';
    END IF;
    SELECT array_agg(matched.id) INTO found FROM (
        SELECT listed.id FROM (
            SELECT t.id, t.{at} FROM public.{table} t WHERE t.tenant_id = tenant AND t.{at} <= bound
            ORDER BY t.{at} DESC, t.id DESC LIMIT {walked}) AS listed
        CROSS JOIN LATERAL (
            SELECT k.words FROM public.{words} k WHERE k.tenant_id = tenant AND k.{key} = listed.id OFFSET 0) AS k
        WHERE k.words @@ query ORDER BY listed.{at} DESC, listed.id DESC LIMIT wanted) AS matched;
    IF cardinality(found) >= wanted THEN
        RETURN found;
    END IF;
    SELECT t.{at} INTO newest FROM public.{table} t WHERE t.tenant_id = tenant AND t.{at} <= bound
    ORDER BY t.{at} DESC, t.id DESC LIMIT 1;
    found := '{{}}';
    month := public.search_month(newest);
    WHILE month IS NOT NULL AND months <= 16 LOOP
        SELECT query && string_agg(format('''%s:%s''', own, month - back), '|')::tsquery INTO windowed
        FROM generate_series(0, months - 1) AS back;
        SELECT array_agg(matched.{key}) INTO more FROM (
            SELECT k.{key} FROM public.{words} k WHERE k.words @@ windowed AND k.at <= bound
            ORDER BY k.at DESC, k.{key} DESC LIMIT wanted - cardinality(found)) AS matched;
        found := found || more;
        IF cardinality(found) >= wanted THEN
            RETURN found;
        END IF;
        month := month - months;
        months := months * 2;
    END LOOP;
    windowed := query && format('''%s''', own)::tsquery;
    SELECT array_agg(matched.{key}) INTO more FROM (
        SELECT k.{key} FROM public.{words} k WHERE k.words @@ windowed AND public.search_month(k.at) <= month
        ORDER BY k.at DESC, k.{key} DESC LIMIT wanted - cardinality(found)) AS matched;
    RETURN found || more;
END $$
"""
# Rows looked at before the index is: 4 ms at most, and the page of any word that one row in twenty has.
_WALKED = 1_000


def search_language() -> list[Operation]:
    """Return the operations for what all searched tables share."""
    return [
        RunSQL(_LANGUAGE, "DROP FUNCTION search_configuration(bigint)"),
        RunSQL(_MONTH, "DROP FUNCTION search_month(timestamptz)"),
    ]


def search_operations(searched: SearchedTable) -> list[Operation]:
    """Return the operations that stand behind the creation of a searched table's two models: the triggers, the
    function, and the marks for what is there already."""
    watched = (*searched.texts, searched.at)
    names = {
        "table": searched.table,
        "words": searched.words,
        "marks": searched.marks,
        "key": searched.key,
        "keys": searched.keys,
        "at": searched.at,
        "function": searched.function,
        "watched": ", ".join(watched),
        "old": ", ".join(f"OLD.{name}" for name in watched),
        "new": ", ".join(f"NEW.{name}" for name in watched),
        "ids_per_mark": _IDS_PER_MARK,
        "walked": _WALKED,
    }
    signature = f"{searched.function}(tsquery, integer, timestamptz)"

    def let_the_serving_role_search(_: object, editor: BaseDatabaseSchemaEditor) -> None:
        role = editor.quote_name(settings.DATABASES["default"]["USER"])
        editor.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        editor.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {role}")

    return [
        # The one who reads behind the policy, and only by the function.
        RunSQL(
            f"CREATE POLICY read_by_function ON {searched.words} FOR SELECT TO CURRENT_USER USING (true)",
            f"DROP POLICY read_by_function ON {searched.words}",
        ),
        RunSQL(_MARKING.format(**names), _UNMARKING.format(**names)),
        RunSQL(_FINDING.format(**names), f"DROP FUNCTION {signature}"),
        RunPython(let_the_serving_role_search, RunPython.noop),
        RunSQL(
            "SELECT set_config('app.scope', 'all', true); "
            f"INSERT INTO {searched.marks} (tenant_id, created_at, {searched.keys}) "
            f"SELECT tenant_id, now(), array_agg(id) FROM {searched.table} GROUP BY tenant_id, id / {_IDS_PER_MARK}; "
            "SELECT set_config('app.scope', '', true)",
            RunSQL.noop,
        ),
    ]
