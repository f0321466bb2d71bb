// Run once, before the services: makes the one-member replica set, and for each database the one user who may read and
// write it. Run again it changes nothing but passwords.
const fs = require("fs");
const secrets = "/secrets";
const read = (name) => fs.readFileSync(`${secrets}/${name}`, "utf8").trim();

const admin = connect(`mongodb://root:${read("root")}@mongo:27017/admin?directConnection=true`);

try {
  admin.adminCommand({ replSetGetStatus: 1 });
} catch (error) {
  if (error.codeName !== "NotYetInitialized") throw error;
  admin.adminCommand({ replSetInitiate: { _id: "rs0", members: [{ _id: 0, host: "mongo:27017" }] } });
}
for (let tries = 0; !admin.hello().isWritablePrimary; tries++) {
  if (tries === 120) throw new Error("the replica set has no primary after a minute");
  sleep(500);
}

for (const service of fs.readdirSync(`${secrets}/users`)) {
  const database = admin.getSiblingDB(service);
  const rights = { pwd: read(`users/${service}`), roles: [{ role: "readWrite", db: service }] };
  if (database.getUser(service) === null) database.createUser({ user: service, ...rights });
  else database.updateUser(service, rights);
  print(`${service} may read and write its own database`);
}
