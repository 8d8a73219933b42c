"""A small DojoPool: a Flask application that exposes the metrics which DojoPool's monitoring rests on.

It keeps games in PostgreSQL and sessions in Redis, and can be told to fail and to be slow. `README.md` says how.
"""

from __future__ import annotations

import math
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import click
import pg8000.dbapi
import redis
from flask import Flask, Response, request
from prometheus_client import Counter, Gauge, Histogram
from prometheus_flask_exporter import PrometheusMetrics
from redis.backoff import NoBackoff
from redis.retry import Retry

PATIENCE = 1.0
"""Seconds that PostgreSQL and Redis have to answer."""

SESSION = 300
"""Seconds for which a player who did nothing is still there."""

DATABASE = os.environ.get("DATABASE_URL", "postgresql://dojopool@localhost:5432/dojopool")
STORE = redis.Redis.from_url(
    os.environ.get("REDIS_URL", "redis://localhost:6379"),
    socket_timeout=PATIENCE,
    socket_connect_timeout=PATIENCE,
    retry=Retry(NoBackoff(), 0),
)

CONNECTION_ERRORS = Counter("dojopool_database_connection_errors", "Connections to the database that failed.")
QUERY_SECONDS = Histogram("dojopool_database_query_duration_seconds", "Time of each query, as we wait for it.")
GAMES_STARTED = Counter("dojopool_games_started", "Games started through this instance.")
GAMES_COMPLETED = Counter("dojopool_games_completed", "Games ended through this instance.")
MATCHES_STARTED = Counter("dojopool_matches_started", "Matches started through this instance.")
MATCHES_COMPLETED = Counter("dojopool_matches_completed", "Matches ended through this instance.")
CHECKINS = Counter("dojopool_venue_checkins", "Check-ins at venues through this instance.")

app = Flask(__name__)
PrometheusMetrics(app, group_by="url_rule")


@contextmanager
def database() -> Iterator[Any]:
    """Open a connection; one that fails is counted."""
    where = urlsplit(DATABASE)
    try:
        connection = pg8000.dbapi.connect(
            where.username or "",
            password=where.password,
            host=where.hostname or "localhost",
            port=where.port or 5432,
            database=where.path.lstrip("/"),
            timeout=PATIENCE,
        )
    except (pg8000.dbapi.Error, OSError):
        CONNECTION_ERRORS.inc()
        raise
    try:
        yield connection
        connection.commit()
    finally:
        connection.close()


def query(sql: str, *values: object) -> list[Any]:
    """Return the rows that one statement gives."""
    with database() as connection, QUERY_SECONDS.time():
        cursor = connection.cursor()
        cursor.execute(sql, values)
        return list(cursor.fetchall()) if cursor.description else []


def database_up() -> float:
    try:
        return float(query("SELECT 1")[0][0])
    except (pg8000.dbapi.Error, OSError):
        return 0


def redis_up() -> float:
    try:
        return float(STORE.ping())
    except redis.RedisError:
        return 0


def active_players() -> float:
    try:
        return float(STORE.zcount("sessions", time.time() - SESSION, math.inf))
    except redis.RedisError:
        return math.nan


def active_games() -> float:
    try:
        return float(query("SELECT count(*) FROM games WHERE ended IS NULL")[0][0])
    except (pg8000.dbapi.Error, OSError):
        return math.nan


# Asked at each scrape. What cannot be known is not a number, as 0 would be one.
Gauge("dojopool_database_up", "Whether a query was answered within a second.").set_function(database_up)
Gauge("dojopool_redis_up", "Whether Redis answered within a second.").set_function(redis_up)
Gauge("dojopool_active_players", "Players with a session used in the last five minutes.").set_function(active_players)
Gauge("dojopool_active_games", "Games that were started and have not ended.").set_function(active_games)


@app.cli.command("init-db")
def init_db() -> None:
    """Create the tables."""
    try:
        query("CREATE TABLE IF NOT EXISTS games (id bigserial PRIMARY KEY, ended timestamptz)")
    except (pg8000.dbapi.Error, OSError) as error:
        raise click.ClickException(f"{error} DATABASE_URL says where PostgreSQL is.") from None


@dataclass
class Trouble:
    """What is wrong on purpose: the share of requests that fail, and the seconds that each one takes longer."""

    errors: float = 0
    seconds: float = 0


trouble = Trouble()


@app.before_request
def suffer() -> None:
    if request.path in {"/metrics", "/trouble"}:
        return
    time.sleep(trouble.seconds)
    if random.random() < trouble.errors:  # noqa: S311  # nothing depends on it
        raise RuntimeError("trouble was asked for")


@app.before_request
def remember() -> None:
    """Keep the session of a player alive; whoever has none may play as well."""
    player = request.cookies.get("player")
    if player:
        STORE.zadd("sessions", {player: time.time()})


@app.post("/trouble")
def make_trouble() -> Response:
    trouble.errors = request.form.get("errors", 0.0, float)
    trouble.seconds = request.form.get("seconds", 0.0, float)
    return Response(status=204)


@app.get("/")
def index() -> str:
    return "DojoPool\n"


@app.post("/games")
def start_game() -> dict[str, int]:
    ((game,),) = query("INSERT INTO games DEFAULT VALUES RETURNING id")
    GAMES_STARTED.inc()
    return {"game": game}


@app.post("/games/<int:game>/end")
def end_game(game: int) -> Response:
    if not query("UPDATE games SET ended = now() WHERE id = %s AND ended IS NULL RETURNING id", game):
        return Response("There is no such game, or it has ended.\n", status=404)
    GAMES_COMPLETED.inc()
    return Response(status=204)


@app.post("/matches")
def start_match() -> Response:
    MATCHES_STARTED.inc()
    return Response(status=204)


@app.post("/matches/end")
def end_match() -> Response:
    MATCHES_COMPLETED.inc()
    return Response(status=204)


@app.post("/venues/<int:venue>/checkins")
def check_in(venue: int) -> Response:  # noqa: ARG001  # it is part of the address
    CHECKINS.inc()
    return Response(status=204)
