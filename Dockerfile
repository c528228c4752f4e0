# One build, two images: `--target issuer` and `--target resource`, each with its own program and nothing else that
# runs: no shell, no package manager. For a look inside there are the logs, `issuer check` and `resource doctor`.
ARG RUST_IMAGE=rust:1.95-bookworm

FROM ${RUST_IMAGE} AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked -p issuer -p resource --bin issuer --bin resource

# What the programs need beside them: the C libraries that they are linked with, root certificates, and a place for
# temporary files; that no library is missing is tried. The default settings name `data/` and `keys/` below the
# working folder; both are made here because a new volume takes over their owner.
RUN ldd target/release/issuer target/release/resource | sed -n 's|^.*\s\(/[^ ]*\) (.*|\1|p' | sort -u \
    | xargs -I{} install -D {} /beside{} \
    && install -D -m 644 /etc/ssl/certs/ca-certificates.crt /beside/etc/ssl/certs/ca-certificates.crt \
    && install -d -m 1777 /beside/tmp \
    && install -d -m 700 /own/data /own/keys \
    && cp target/release/issuer target/release/resource /beside/ \
    && chroot /beside /issuer --version && chroot /beside /resource --version \
    && rm /beside/issuer /beside/resource

FROM scratch AS run
COPY --from=build /beside /
COPY --from=build --chown=10001:10001 /own /srv
WORKDIR /srv
USER 10001:10001
ENV PATH=/usr/local/bin

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
