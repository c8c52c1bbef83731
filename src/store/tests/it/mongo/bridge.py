"""A double of a MongoDB server: the wire protocol over TCP in front of mongomock, in memory.

What it proves: that what the store sends is understood by somebody who did not write it (pymongo's BSON, mongomock's
filters, updates and sorting), that every request carries what it must (maxTimeMS, a majority write concern, a majority
read concern on a replica set, no transaction number), and what the store does when a server answers errors, answers late,
answers after it has changed its mind, or goes away before, while or after it applies a write.

What it does not prove: anything that only a real server has. It serves one request at a time, so it shows no race inside
a server; it has no disk, no replicas and no elections, so "majority" is a word to it; it removes no expired document,
which is the harder case for the store; its indexes are a list of names.

A command that it does not know is answered with CommandNotFound, one with a member that it does not know with a failure;
both are violations, which the test asks for at its end. It ends when its standard input is closed.

Control, as a command of any database: {"bridge": "fault", "do": "error"|"close"|"delay"|"concern", "apply":
"no"|"yes"|"late", "code", "milliseconds", "times", "only": [names]}, {"bridge": "limit", "bytes"}, {"bridge":
"violations"}, {"bridge": "seen"}.
"""

import argparse
import asyncio
import collections
import struct
import sys

import bson
import mongomock
from mongomock.filtering import filter_applies

OP_MSG = 2013
MEMBERS = {
    "find": {"filter", "sort", "limit", "batchSize", "singleBatch", "projection", "readConcern"},
    "count": {"query", "readConcern"},
    "aggregate": {"pipeline", "cursor", "readConcern"},
    "insert": {"documents", "ordered", "writeConcern"},
    "update": {"updates", "ordered", "writeConcern"},
    "delete": {"deletes", "ordered", "writeConcern"},
    "createIndexes": {"indexes", "writeConcern"},
    "listIndexes": {"cursor"},
    "killCursors": {"cursors"},
    "hello": set(), "buildInfo": set(), "dbStats": set(), "dropDatabase": {"writeConcern"}, "dropIndexes": {"index"},
}
# What only tests send, without a deadline.
OF_TESTS = ("listIndexes", "dropIndexes", "dropDatabase")
WRITES = ("insert", "update", "delete")
READS = ("find", "count", "aggregate")
ALWAYS = {"$db", "lsid", "maxTimeMS", "$readPreference", "$clusterTime"}


def documents_of(collection, only):
    """The documents that a filter fits; one that names an _id is looked up, as by the index of a server."""
    name, store = only.get("_id"), collection._store
    by_id = name is not None and not isinstance(name, dict)
    documents = ([store[name]] if name in store else []) if by_id else list(store.documents)
    return (document for document in documents if filter_applies(only, document))


mongomock.Collection._iter_documents = documents_of


class Bridge:
    def __init__(self, arguments):
        self.arguments = arguments
        self.databases = mongomock.MongoClient()
        self.indexes = collections.defaultdict(dict)
        self.faults, self.violations, self.seen = [], [], collections.Counter()
        self.limit = 16 * 1024 * 1024

    def hello(self):
        answer = {"ok": 1, "ismaster": True, "isWritablePrimary": True, "helloOk": True, "readOnly": False,
                  "minWireVersion": 0, "maxWireVersion": 21, "maxBsonObjectSize": 16 * 1024 * 1024,
                  "maxMessageSizeBytes": 48000000, "maxWriteBatchSize": 100000, "logicalSessionTimeoutMinutes": 30}
        if self.arguments.set_name:
            answer |= {"setName": self.arguments.set_name, "hosts": [self.address], "me": self.address, "secondary": False}
        return answer

    def violation(self, what):
        self.violations.append(what)
        return {"ok": 0, "code": 9999, "codeName": "BridgeViolation", "errmsg": "the bridge does not accept this: " + what}

    def check(self, name, command):
        """What a request lacks, or has too much."""
        unknown = set(command) - MEMBERS[name] - ALWAYS - {name}
        if unknown:
            return f"{name} with {sorted(unknown)}"
        if name not in OF_TESTS and not (isinstance(command.get("maxTimeMS"), int) and command["maxTimeMS"] > 0):
            return f"{name} without maxTimeMS"
        concern = command.get("writeConcern", {})
        if name in WRITES and (concern.get("w") != "majority" or concern.get("j") is not True or not concern.get("wtimeout")):
            return f"{name} with the write concern {concern}"
        newest = name == "find" and command.get("sort") == {"_id": -1} and "filter" not in command
        if name in READS and self.arguments.set_name and command[name] != "meta" and not newest:
            if command.get("readConcern") != {"level": "majority"}:
                return f"{name} of {command[name]} without a majority read concern"
        return None

    def run(self, name, command):
        self.seen[name] += 1
        if name in ("ismaster", "isMaster", "hello") and "maxTimeMS" not in command:
            return self.hello()
        if name == "saslStart":
            return {"ok": 0, "code": 18, "codeName": "AuthenticationFailed", "errmsg": "Authentication failed."}
        if name in ("ping", "endSessions"):
            return {"ok": 1}
        if name not in MEMBERS:
            answer = self.violation(f"the command {name}")
            return answer | {"code": 59, "codeName": "CommandNotFound"}
        lacking = self.check(name, command)
        if lacking:
            return self.violation(lacking)
        return getattr(self, "do_" + name)(command, self.databases[command["$db"]])

    def do_hello(self, command, database):
        return self.hello()

    def do_buildInfo(self, command, database):
        return {"ok": 1, "version": "0.0.0 (a double)"}

    def do_dbStats(self, command, database):
        return {"ok": 1, "storageSize": 4096.0, "indexSize": 1024}

    def do_dropDatabase(self, command, database):
        self.databases.drop_database(database.name)
        return {"ok": 1}

    def do_killCursors(self, command, database):
        return {"ok": 1, "cursorsKilled": command["cursors"], "cursorsNotFound": [], "cursorsAlive": [], "cursorsUnknown": []}

    def do_find(self, command, database):
        found = database[command["find"]].find(command.get("filter", {}), command.get("projection"))
        if command.get("sort"):
            found = found.sort(list(command["sort"].items()))
        batch, size, more = [], 0, 0
        for document in found.limit(command.get("limit", 0)):
            size += len(bson.encode(document))
            if batch and size > self.limit:
                more = 0 if command.get("singleBatch") else 4711
                break
            batch.append(document)
        return {"ok": 1, "cursor": {"id": bson.Int64(more), "ns": "", "firstBatch": batch}}

    def do_count(self, command, database):
        return {"ok": 1, "n": database[command["count"]].count_documents(command.get("query", {}))}

    def do_aggregate(self, command, database):
        batch = list(database[command["aggregate"]].aggregate(command["pipeline"]))
        return {"ok": 1, "cursor": {"id": bson.Int64(0), "ns": "", "firstBatch": batch}}

    def do_createIndexes(self, command, database):
        kept = self.indexes[database.name, command["createIndexes"]]
        kept |= {index["name"]: {"v": 2, **index} for index in command["indexes"]}
        return {"ok": 1}

    def do_listIndexes(self, command, database):
        batch = list(self.indexes[database.name, command["listIndexes"]].values())
        return {"ok": 1, "cursor": {"id": bson.Int64(0), "ns": "", "firstBatch": batch}}

    def do_dropIndexes(self, command, database):
        del self.indexes[database.name, command["dropIndexes"]][command["index"]]
        return {"ok": 1}

    def each(self, statements, ordered, apply):
        count, errors = 0, []
        for index, statement in enumerate(statements):
            try:
                count += apply(statement)
            except mongomock.DuplicateKeyError as error:
                errors.append({"index": index, "code": 11000, "errmsg": f"E11000 duplicate key error: {error}"})
                if ordered:
                    break
        return {"ok": 1, "n": count} | ({"writeErrors": errors} if errors else {})

    def do_insert(self, command, database):
        def insert(document):
            database[command["insert"]].insert_one(document)
            return 1
        return self.each(command["documents"], command.get("ordered", True), insert)

    def do_update(self, command, database):
        collection = database[command["update"]]

        def update(statement):
            only, change, upsert = statement["q"], statement["u"], statement.get("upsert", False)
            there = collection.find_one({"_id": only["_id"]}, {"_id": 1})
            if upsert and there and not collection.find_one(only, {"_id": 1}):
                raise mongomock.DuplicateKeyError(f"_id {only['_id']}")
            operators = any(member.startswith("$") for member in change)
            made = (collection.update_one if operators else collection.replace_one)(only, change, upsert=upsert)
            return 1 if made.upserted_id is not None else made.matched_count
        return self.each(command["updates"], command.get("ordered", True), update)

    def do_delete(self, command, database):
        collection = database[command["delete"]]

        def delete(statement):
            return (collection.delete_one if statement["limit"] == 1 else collection.delete_many)(statement["q"]).deleted_count
        return self.each(command["deletes"], command.get("ordered", True), delete)

    def control(self, command):
        what = command["bridge"]
        if what == "fault":
            self.faults.append({key: value for key, value in command.items() if key not in ("bridge", "lsid", "$db")})
        if what == "limit":
            self.limit = command["bytes"]
        return {"ok": 1, "violations": self.violations, "seen": dict(self.seen), "faults": len(self.faults)}

    def fault_of(self, name):
        for fault in self.faults:
            if name in fault.get("only", WRITES + READS):
                fault["times"] = fault.get("times", 1) - 1
                if fault["times"] <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    async def answer(self, command):
        """The answer to a command; None closes the connection."""
        name = next(iter(command))
        if name == "bridge":
            return self.control(command)
        fault = self.fault_of(name)
        if fault is None:
            return self.run(name, command)
        apply, wait = fault.get("apply", "no"), fault.get("milliseconds", 0) / 1000
        if apply == "late":
            asyncio.get_running_loop().call_later(wait, self.run, name, command)
        answer = self.run(name, command) if apply == "yes" else None
        if fault["do"] == "close":
            return None
        if fault["do"] == "delay":
            await asyncio.sleep(wait)
            return answer if apply == "yes" else self.run(name, command)
        if fault["do"] == "concern":
            failure = {"code": 64, "codeName": "WriteConcernFailed", "errmsg": "waiting for replication timed out"}
            return answer | {"writeConcernError": failure}
        return {"ok": 0, "code": fault["code"], "codeName": "Injected", "errmsg": f"an injected failure {fault['code']}"}

    async def serve(self, reader, writer):
        try:
            while True:
                length, request, _, operation = struct.unpack("<iiii", await reader.readexactly(16))
                message = await reader.readexactly(length - 16)
                if operation != OP_MSG:
                    self.violation(f"the operation {operation}")
                    break
                answer = await self.answer(command_of(message))
                if answer is None:
                    break
                body = struct.pack("<I", 0) + b"\0" + bson.encode(answer)
                writer.write(struct.pack("<iiii", 16 + len(body), 0, request, OP_MSG) + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def command_of(message):
    """The command in a message, its sequences of documents put into it."""
    at, command = 4, {}
    while at < len(message):
        kind, at = message[at], at + 1
        size = struct.unpack_from("<i", message, at)[0]
        if kind == 0:
            command = bson.decode(message[at:at + size]) | command
        else:
            end = message.index(b"\0", at + 4)
            command[message[at + 4:end].decode()] = bson.decode_all(message[end + 1:at + size])
        at += size
    return command


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--set-name")
    bridge = Bridge(parser.parse_args())
    server = await asyncio.start_server(bridge.serve, "127.0.0.1", 0, limit=1 << 20)
    bridge.address = "127.0.0.1:%d" % server.sockets[0].getsockname()[1]
    print(bridge.address, flush=True)
    await asyncio.to_thread(sys.stdin.read)


asyncio.run(main())
