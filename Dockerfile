# .NET 10 from Ubuntu's own archive.
FROM ubuntu:26.04 AS build
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates dotnet-sdk-10.0 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN dotnet publish Host/Shop.Host.csproj -c Release -o /app --nologo

FROM ubuntu:26.04
RUN apt-get update && apt-get install -y --no-install-recommends aspnetcore-runtime-10.0 tzdata && rm -rf /var/lib/apt/lists/* \
  && useradd --system --uid 10001 shop && install -d -o shop /data/platform
WORKDIR /app
COPY --from=build /app .
USER shop
ENV ASPNETCORE_HTTP_PORTS=8080 DataPlatform__Directory=/data/platform
EXPOSE 8080
ENTRYPOINT ["dotnet", "Shop.Host.dll"]
