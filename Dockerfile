# One build, two images: `--target issuer` and `--target resource`, each with its own program only.
ARG RUST_IMAGE=rust:1.95-bookworm
ARG RUN_IMAGE=debian:bookworm-slim

FROM ${RUST_IMAGE} AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked -p issuer -p resource --bin issuer --bin resource

# The folders are made here because a new volume takes over their owner. The default settings name
# `data/` and `keys/` below the working folder.
FROM ${RUN_IMAGE} AS run
RUN groupadd --gid 10001 app \
    && useradd --uid 10001 --gid app --no-create-home --shell /usr/sbin/nologin app \
    && install -d -o app -g app -m 700 /srv/data /srv/keys
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
WORKDIR /srv
USER app

FROM run AS issuer
COPY --from=build /src/target/release/issuer /usr/local/bin/issuer
ENV ISSUER_LISTEN=0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["issuer"]
CMD ["serve"]

FROM run AS resource
COPY --from=build /src/target/release/resource /usr/local/bin/resource
ENV RESOURCE_LISTEN=0.0.0.0:8081
EXPOSE 8081
ENTRYPOINT ["resource"]
CMD ["serve"]
