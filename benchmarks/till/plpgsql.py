"""The PostgreSQL peers: pgbench with one PL/pgSQL function a charge, and set-based inserts in bulk.

The function does what a careful hand-written one would: the idempotency check, the card, the purse row locked,
the person's earlier meals, tier and cap, the same charge row with its JSON, the same legs, the purse, one audit
row. No chain of hashes, no policy text, no checks of till, epoch, counter, order or closed day: less than the
product does, so the comparison does not flatter it.
"""

import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import msgspec
import psycopg
import sqlalchemy as sa

from benchmarks.till.county import Ground, pgbench_program
from benchmarks.till.rows import (
    CHARGE_NAMES,
    DIGEST,
    POSTING_NAMES,
    STAGES,
    charge_values,
    leg_values,
)
from benchmarks.till.traffic import BASKET, GUESTS_OF, PRICE_FEN, Traffic
from pos.tables import Charge, Posting

BULK_ROWS = 100
BULK_LINES = 4

_TABLES = """
create table bench_people (n int primary key, serial text, issue_no int);
create table bench_tills (n int primary key, device_id text, site_id text);
create table bench_tiers (label text, age_min int primary key, age_max int, pay_percent int, cap_fen int);
insert into bench_tiers values
  ('60-79', 60, 79, 80, 1000), ('80-89', 80, 89, 70, 1000), ('90+', 90, 999, 50, 1000);
create table bench_blocks (
  id uuid primary key default gen_random_uuid(), at timestamptz not null, actor text not null,
  action text not null, changes json not null, sha256 text not null);
"""

_FUNCTION = """
create function bench_charge(p_id text, p_who int, p_till int, p_meal int, p_counter int) returns int
language plpgsql as $$
declare
  v_day date := date '{first_day}' + p_meal / 2;
  v_period text := case when p_meal % 2 = 0 then 'LUNCH' else 'SUPPER' end;
  v_at timestamptz := v_day + interval '3 hours';
  v_person record; v_till record; v_tier record; v_purse record;
  v_prior int := 0; v_month int := 0; v_age int;
  v_price int := {price}; v_subsidy int := 0; v_own int := 0; v_cash int := 0; v_spend int;
  v_county int; v_town int; v_shares json; v_senior text; v_serial text; v_label text := '';
begin
  perform 1 from charges where charge_id = p_id;
  if found then return 0; end if;
  select device_id, site_id into v_till from bench_tills where n = p_till;
  if p_who > 0 then
    select s.senior_id, s.birth_date, s.state, c.serial, c.state as card into v_person
      from bench_people b join cards c on c.serial = b.serial and c.issue_no = b.issue_no
      join seniors s on s.senior_id = c.senior_id where b.n = p_who;
    if v_person.card <> 'LIVE' or v_person.state <> 'ACTIVE' then raise 'card'; end if;
    v_senior := v_person.senior_id; v_serial := v_person.serial;
    select purse_id, balance_fen into v_purse from purses
      where senior_id = v_senior and kind = 'OWN' for update;
    select count(*) filter (where business_day = v_day and period = v_period),
           coalesce(sum(meal_subsidy_fen), 0) into v_prior, v_month from charges
      where senior_id = v_senior and business_day >= date_trunc('month', v_day) and subsidised;
    v_age := extract(year from age(v_day, v_person.birth_date));
    select * into v_tier from bench_tiers where v_age between age_min and age_max;
    if v_prior = 0 and v_tier.pay_percent is not null then
      v_label := v_tier.label;
      v_subsidy := least(v_price - round(v_price * v_tier.pay_percent / 100.0)::int, v_tier.cap_fen);
    end if;
    v_own := least(v_purse.balance_fen, v_price - v_subsidy);
  end if;
  v_cash := v_price - v_subsidy - v_own;
  v_county := v_subsidy * 50 / 100; v_town := v_subsidy * 30 / 100;
  v_shares := case when v_subsidy = 0 then '{{}}'::json else json_build_object(
    'COUNTY', v_county, 'TOWN', v_town, 'VILLAGE', v_subsidy - v_county - v_town) end;
  insert into charges (charge_id, content_hash, card_serial, senior_id, identified_by, site_id, device_id,
    epoch, counter, business_day, period, occurred_at, posted_at, state, origin_id, order_id, subsidised,
    tier, meals, basket, list_price_fen, delivery_fee_fen, subsidy_fen, meal_subsidy_fen, allowance_fen,
    charity_fen, own_fen, cash_fen, shares, policy_id, stages)
  values (p_id, '{digest}', v_serial, v_senior, case when p_who > 0 then 'CARD' else 'NONE' end,
    v_till.site_id, v_till.device_id, 1, p_counter, v_day, v_period, v_at, now(), 'POSTED', null, null,
    v_subsidy > 0, v_label, 1, '{basket}'::json, v_price, 0, v_subsidy, v_subsidy, 0, 0, v_own, v_cash,
    v_shares, 'tonglu-demo', '{stages}'::json);
  insert into postings (entry_id, leg, account, amount_fen, business_day, kind)
    select p_id, leg, account, fen, v_day, 'charge' from (values
      (1, 'income:' || v_till.site_id, -v_price), (2, 'cash:' || v_till.site_id, v_cash),
      (3, 'purse:' || v_senior || '-OWN', v_own), (4, 'funder:COUNTY', v_county),
      (5, 'funder:TOWN', v_town), (6, 'funder:VILLAGE', v_subsidy - v_county - v_town)
    ) as legs (leg, account, fen) where fen <> 0;
  if v_own > 0 then
    update purses set balance_fen = balance_fen - v_own, version = version + 1
      where purse_id = v_purse.purse_id;
  end if;
  insert into bench_blocks (at, actor, action, changes, sha256) values (now(),
    'device:' || v_till.device_id, 'charge.batch', json_build_object('charges', array['1', '{digest}'],
    'postings', array['5', '{digest}'], 'purses', array['1', '{digest}']), '{digest}');
  return v_cash;
end $$;
"""

_SCRIPT = """
\\set who random(1, {people})
\\set guest random(1, {guests_of})
\\set till random(1, {tills})
\\set meal random(0, {meals})
\\set counter :counter + 1
select bench_charge('p{run}-' || :client_id || '-' || :counter,
  case when :guest = 1 then 0 else :who end, :till, :meal, :counter);
"""


def _address(ground: Ground) -> str:
    url = sa.make_url(ground.peer_url).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


def prepare(ground: Ground) -> None:
    """Put the function and its small tables into the peer's database."""
    function = _FUNCTION.format(
        first_day=ground.first_day, price=PRICE_FEN, digest=DIGEST, basket=BASKET, stages=STAGES
    )
    with psycopg.connect(_address(ground)) as connection:
        connection.execute(_TABLES)
        connection.execute(function)
        cursor = connection.cursor()
        cursor.executemany(
            "insert into bench_people values (%s, %s, %s)",
            [(n, p.serial, p.issue_no) for n, p in enumerate(ground.people, start=1)],
        )
        cursor.executemany(
            "insert into bench_tills values (%s, %s, %s)",
            [(n, t.device_id, t.site_id) for n, t in enumerate(ground.tills, start=1)],
        )
        connection.commit()
        connection.autocommit = True
        connection.execute("vacuum analyze")


def pgbench(ground: Ground, number: int, *, clients: int, seconds: int) -> float:
    """Transactions a second of one run of pgbench; ``number`` keeps the ids of runs apart."""
    script = ground.folder / f"bench-{number}.sql"
    meals = 2 * (ground.last_day - ground.first_day).days
    text = _SCRIPT.format(
        people=len(ground.people), guests_of=GUESTS_OF, tills=len(ground.tills), meals=meals,
        run=number,
    )  # fmt: skip
    script.write_text(text, encoding="ascii")
    program: list[str] = [
        str(pgbench_program()), "-n", "-c", str(clients), "-j", "2", "-M", "prepared", "-T", str(seconds),
        "-D", "counter=0", "-f", str(script), _address(ground),
    ]  # fmt: skip
    said = subprocess.run(
        program, capture_output=True, text=True, check=True, timeout=seconds + 60, env=os.environ
    ).stdout
    rate = re.search(r"tps = ([\d.]+)", said)
    failed = re.search(r"number of failed transactions: (\d+)", said)
    if not rate or (failed and int(failed[1])):
        raise SystemExit(f"pgbench failed: {said}")
    return float(rate[1])


def _recordset(table: type, names: list[str]) -> str:
    """``insert ... select`` of a JSON list of rows."""
    dialect = sa.create_engine("postgresql+psycopg://").dialect
    types = {c.name: c.type.compile(dialect) for c in table.__table__.columns}  # type: ignore[attr-defined]  # SQLModel
    typed = ", ".join(f"{name} {types[name]}" for name in names)
    listed = ", ".join(names)
    target = table.__table__.name  # type: ignore[attr-defined]  # SQLModel does not type it
    return (
        f"insert into {target} ({listed}) "  # noqa: S608  # names of our own tables
        f"select {listed} from jsonb_to_recordset(%s::jsonb) as r ({typed})"
    )


_PAY = """
update purses set balance_fen = balance_fen - r.fen, version = version + 1
from (select senior_id || '-OWN' as purse_id, sum(own_fen) as fen
      from jsonb_to_recordset(%s::jsonb) as x (senior_id text, own_fen int)
      where own_fen > 0 group by 1) as r
where purses.purse_id = r.purse_id
"""
_BLOCK = """
insert into bench_blocks (at, actor, action, changes, sha256)
values (now(), 'bulk', 'charge.batch', '{"charges": ["1", "f"]}', %s)
"""


class Bulk:
    """Set-based inserts of ``BULK_ROWS`` charges a transaction over a few connections."""

    def __init__(self, ground: Ground, traffic: Traffic) -> None:
        self._ground, self._traffic = ground, traffic
        self._charges, self._legs = (
            _recordset(Charge, CHARGE_NAMES), _recordset(Posting, POSTING_NAMES)
        )  # fmt: skip
        self._made = 0

    def run(self, seconds: float) -> float:
        """Charges a second; what is sent is made beforehand."""
        ready = [[self._payload() for _ in range(int(seconds * 60))] for _ in range(BULK_LINES)]
        with ThreadPoolExecutor(BULK_LINES) as pool:
            found = pool.map(lambda one: self._line(one, seconds), ready)
            return sum(done / took for done, took in found)

    def _payload(self) -> tuple[bytes, bytes]:
        rows = []
        for meal in self._traffic.meals(BULK_ROWS):
            self._made += 1
            till = self._ground.tills[self._made // BULK_ROWS % len(self._ground.tills)]
            rows.append(charge_values(meal, till, f"bulk-{self._made}"))
        legs = [leg for row in rows for leg in leg_values(row)]
        return msgspec.json.encode([_nested(row) for row in rows]), msgspec.json.encode(legs)

    def _line(self, payloads: list[tuple[bytes, bytes]], seconds: float) -> tuple[int, float]:
        done, start = 0, time.perf_counter()
        with psycopg.connect(_address(self._ground)) as connection:
            for charges, legs in payloads:
                connection.execute(self._charges, [charges.decode()])
                connection.execute(self._legs, [legs.decode()])
                connection.execute(_PAY, [charges.decode()])
                connection.execute(_BLOCK, [DIGEST])
                connection.commit()
                done += BULK_ROWS
                if time.perf_counter() - start >= seconds:
                    break
            else:
                raise SystemExit("the bulk peer ran out of rows: raise their number")
        return done, time.perf_counter() - start


_JSON = ("basket", "shares", "stages", "draws")


def _nested(row: dict[str, object]) -> dict[str, object]:
    """JSON columns as JSON, moments with their zone; what the table does not have is left out."""
    found = {name: row[name] for name in CHARGE_NAMES}
    found |= {name: msgspec.Raw(str(row[name]).encode()) for name in _JSON if name in found}
    return found | {name: f"{row[name]}+00" for name in ("occurred_at", "posted_at")}
